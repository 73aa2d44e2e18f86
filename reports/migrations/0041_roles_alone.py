"""Two roles stand by themselves, in the database as well: auditor, and who manages the accounts.

Whoever gets a second role at the same time waits for the first one and is refused. What is there
already stays, and has no rights (`reports.roles`).
"""

from django.conf import settings
from django.db import migrations

ALONE = """
CREATE FUNCTION reports_roles_alone() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held text[];
BEGIN
    PERFORM 1 FROM auth_user WHERE id = NEW.user_id FOR NO KEY UPDATE;
    SELECT array_agg(role.name) INTO held
        FROM auth_user_groups given JOIN auth_group role ON role.id = given.group_id
        WHERE given.user_id = NEW.user_id AND role.name IN (
            'triage', 'moderator', 'child-safety', 'lead', 'auditor', 'admin'
        );
    IF cardinality(held) > 1 AND held && ARRAY['auditor', 'admin'] THEN
        RAISE EXCEPTION 'reports_roles_alone: auditor and admin stand by themselves'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER reports_roles_alone AFTER INSERT OR UPDATE ON auth_user_groups
    FOR EACH ROW EXECUTE FUNCTION reports_roles_alone();
"""
TOGETHER = """
DROP TRIGGER reports_roles_alone ON auth_user_groups;
DROP FUNCTION reports_roles_alone();
"""


class Migration(migrations.Migration):

    dependencies = [
        ("reports", "0040_waves_are_carried_out"),
        ("auth", "0012_alter_user_first_name_max_length"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [migrations.RunSQL(ALONE, TOGETHER)]
