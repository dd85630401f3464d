-- For psql inside the database's container: the password of the collector's role comes from its secret file.
\set password `cat /run/secrets/postgres_metrics_password`
ALTER ROLE onyx_metrics PASSWORD :'password';
