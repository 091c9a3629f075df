"""Pages about people and units."""

app_name = "accounts"
urlpatterns = []
