"""Gap reports: ratings aggregated over a unit's subtree and safe to publish."""
