"""Rows that must never change are guarded by the database, whatever the code above it does."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION simlab_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows are immutable: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION simlab_refuse_change_when_locked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.locked_at IS NOT NULL THEN
        RAISE EXCEPTION 'protocol % is locked: % refused', OLD.id, TG_OP USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION simlab_refuse_new_allocation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.launched_at IS NOT NULL AND (
        NEW.launched_at IS DISTINCT FROM OLD.launched_at
        OR NEW.protocol_id IS DISTINCT FROM OLD.protocol_id
        OR NEW.kind IS DISTINCT FROM OLD.kind
        OR NEW.allocation_seed IS DISTINCT FROM OLD.allocation_seed
        OR NEW.allocation_salt IS DISTINCT FROM OLD.allocation_salt
        OR NEW.allocation_commitment IS DISTINCT FROM OLD.allocation_commitment
    ) THEN
        RAISE EXCEPTION 'study % is launched: its protocol and allocation are fixed', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER protocol_locked BEFORE UPDATE OR DELETE ON studies_protocolversion
    FOR EACH ROW EXECUTE FUNCTION simlab_refuse_change_when_locked();
CREATE TRIGGER study_allocation_fixed BEFORE UPDATE ON studies_study
    FOR EACH ROW EXECUTE FUNCTION simlab_refuse_new_allocation();
"""

UNDO = """
DROP TRIGGER study_allocation_fixed ON studies_study;
DROP TRIGGER protocol_locked ON studies_protocolversion;
DROP FUNCTION simlab_refuse_new_allocation();
DROP FUNCTION simlab_refuse_change_when_locked();
DROP FUNCTION simlab_refuse_change();
"""

IMMUTABLE = [
    "packversion",
    "caseversion",
    "adviceversion",
    "document",
    "slot",
    "plannedencounter",
]


def guard(table):
    return migrations.RunSQL(
        f"CREATE TRIGGER {table}_immutable BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION simlab_refuse_change()",
        f"DROP TRIGGER {table}_immutable ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [("studies", "0001_initial")]

    operations = [
        migrations.RunSQL(REFUSE, UNDO),
        *(guard(f"studies_{name}") for name in IMMUTABLE),
    ]
