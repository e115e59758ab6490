"""A study that is locked stays locked, whatever the code above the database does."""

from django.db import migrations

FORBID = """
CREATE FUNCTION simlab_refuse_unlocking() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'locked' AND NEW.state IS DISTINCT FROM OLD.state THEN
        RAISE EXCEPTION 'study % is locked for good', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER study_locked_for_good BEFORE UPDATE ON studies_study
    FOR EACH ROW EXECUTE FUNCTION simlab_refuse_unlocking();
"""

UNDO = """
DROP TRIGGER study_locked_for_good ON studies_study;
DROP FUNCTION simlab_refuse_unlocking();
"""


class Migration(migrations.Migration):
    dependencies = [("studies", "0002_immutable")]

    operations = [migrations.RunSQL(FORBID, UNDO)]
