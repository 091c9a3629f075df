from django.db import migrations

COLUMNS = "title, skill_names, provider, description"
NEW = "new.id, new.title, new.skill_names, new.provider, new.description"
OLD = "'delete', old.id, old.title, old.skill_names, old.provider, old.description"
INDEX = "learning_resource_search"

# The index holds no texts of its own: it points to the table, and triggers tell it of changes.
# A later migration that makes SQLite rebuild the table drops the triggers: run make_index again.
SQLITE = [
    f"CREATE VIRTUAL TABLE {INDEX} USING fts5({COLUMNS}, content='learning_resource', "
    "content_rowid='id', tokenize='porter unicode61')",
    f"CREATE TRIGGER {INDEX}_insert AFTER INSERT ON learning_resource BEGIN "
    f"INSERT INTO {INDEX}(rowid, {COLUMNS}) VALUES ({NEW}); END",
    f"CREATE TRIGGER {INDEX}_delete AFTER DELETE ON learning_resource BEGIN "
    f"INSERT INTO {INDEX}({INDEX}, rowid, {COLUMNS}) VALUES ({OLD}); END",
    f"CREATE TRIGGER {INDEX}_update AFTER UPDATE ON learning_resource BEGIN "
    f"INSERT INTO {INDEX}({INDEX}, rowid, {COLUMNS}) VALUES ({OLD}); "
    f"INSERT INTO {INDEX}(rowid, {COLUMNS}) VALUES ({NEW}); END",
    f"INSERT INTO {INDEX}({INDEX}) VALUES ('rebuild')",
]
POSTGRESQL = [
    f"CREATE INDEX {INDEX} ON learning_resource USING gin (("
    "setweight(to_tsvector('english'::regconfig, title), 'A') || "
    "setweight(to_tsvector('english'::regconfig, skill_names), 'B') || "
    "setweight(to_tsvector('english'::regconfig, provider), 'C') || "
    "setweight(to_tsvector('english'::regconfig, description), 'D')))",
]


def make_index(apps, schema_editor):
    statements = POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE
    for statement in statements:
        schema_editor.execute(statement)


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX IF EXISTS {INDEX}")
        return
    for event in ("insert", "delete", "update"):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {INDEX}_{event}")
    schema_editor.execute(f"DROP TABLE IF EXISTS {INDEX}")


class Migration(migrations.Migration):

    dependencies = [
        ('learning', '0002_log_import'),
    ]

    operations = [
        migrations.RunPython(make_index, drop_index),
    ]
