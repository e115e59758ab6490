"""What a participant sent is append-only in the database itself."""

from django.db import migrations

APPEND_ONLY = ["consent", "event", "decision", "exposure", "quarantine"]


def guard(table):
    return migrations.RunSQL(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION simlab_refuse_change()",
        f"DROP TRIGGER {table}_append_only ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [("sittings", "0001_initial"), ("studies", "0002_immutable")]

    operations = [guard(f"sittings_{name}") for name in APPEND_ONLY]
