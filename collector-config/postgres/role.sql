-- The role the collector reads Postgres statistics with: it sees counters, never rows. Run it as an administrator, as often as you like;
-- the password is set by whoever runs it: ALTER ROLE onyx_metrics PASSWORD '…';
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'onyx_metrics') THEN
    CREATE ROLE onyx_metrics LOGIN;
  END IF;
END
$$;

-- Since Postgres 16 only who may pass it on: an administrator of a managed database may not everywhere, and little is missing then.
DO $$
BEGIN
  GRANT pg_monitor TO onyx_metrics;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE WARNING 'pg_monitor is not granted: sizes of databases that onyx_metrics may not enter stay unknown';
END
$$;

-- A scrape that hangs must not hold connections the application needs.
ALTER ROLE onyx_metrics CONNECTION LIMIT 20;
ALTER ROLE onyx_metrics SET statement_timeout = '5s';
ALTER ROLE onyx_metrics SET default_transaction_read_only = on;
