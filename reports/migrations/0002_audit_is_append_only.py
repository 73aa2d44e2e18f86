"""UPDATE, DELETE and TRUNCATE are refused on the audit trail, and the application can't own it.

The application's role gets what it needs by grants, so it may run under a role that owns no table.
Where that role is missing (one role for everything), the triggers still refuse.
"""

from django.db import migrations

TRIGGERS = """
CREATE FUNCTION reports_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only: % refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER reports_audit_no_change BEFORE UPDATE OR DELETE ON reports_auditentry
    FOR EACH ROW EXECUTE FUNCTION reports_audit_refuse();
CREATE TRIGGER reports_audit_no_truncate BEFORE TRUNCATE ON reports_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION reports_audit_refuse();
"""

UNDO_TRIGGERS = """
DROP TRIGGER reports_audit_no_truncate ON reports_auditentry;
DROP TRIGGER reports_audit_no_change ON reports_auditentry;
DROP FUNCTION reports_audit_refuse();
"""

GRANTS = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'parley_app')
        AND current_user <> 'parley_app'
    THEN
        GRANT USAGE ON SCHEMA public TO parley_app;
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO parley_app;
        GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO parley_app;
        ALTER DEFAULT PRIVILEGES IN SCHEMA public
            GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO parley_app;
        ALTER DEFAULT PRIVILEGES IN SCHEMA public
            GRANT USAGE, SELECT ON SEQUENCES TO parley_app;
        REVOKE ALL ON reports_auditentry FROM parley_app;
        REVOKE ALL ON reports_auditentry FROM PUBLIC;
        GRANT SELECT, INSERT ON reports_auditentry TO parley_app;
    END IF;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_tables")]

    operations = [
        migrations.RunSQL(TRIGGERS, UNDO_TRIGGERS),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
    ]
