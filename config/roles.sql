-- The two roles of the database, and what the application may do with tables it doesn't own.
-- Run by a superuser inside the application's database, before the first migration; safe to repeat.
-- Passwords are set apart. The audit tables' own migration takes rights away again.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'parley_owner') THEN
        CREATE ROLE parley_owner LOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'parley_app') THEN
        CREATE ROLE parley_app LOGIN;
    END IF;
    EXECUTE format('ALTER DATABASE %I OWNER TO parley_owner', current_database());
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO parley_app', current_database());
END
$$;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO parley_owner;
GRANT USAGE ON SCHEMA public TO parley_app;
ALTER DEFAULT PRIVILEGES FOR ROLE parley_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO parley_app;
ALTER DEFAULT PRIVILEGES FOR ROLE parley_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO parley_app;
