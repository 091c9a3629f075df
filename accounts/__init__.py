"""People, the organisation tree, posts, grants, permissions and sign-in."""
