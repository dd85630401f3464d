-- What collector-config/business.yaml asks Postgres. The collector's role may read these views and still no row of any table: a view
-- runs with the rights of whoever made it. Run it as the owner of the tables, after role.sql, as often as you like.
--
-- A metric more: a view here, a query there. Let a view return few rows: each is a series.
CREATE SCHEMA IF NOT EXISTS onyx_metrics;

-- Documents by what has become of them: `pending` ones are not found by any search yet.
CREATE OR REPLACE VIEW onyx_metrics.documents AS
SELECT state, count(*) FROM documents GROUP BY state;

-- People who chatted lately, without the canary (ONYX_CANARY_USER_ID). `"window"`, because SQL has a word of that name.
CREATE OR REPLACE VIEW onyx_metrics.active_users AS
SELECT name AS "window", count(DISTINCT user_id)
FROM (VALUES ('5m', interval '5 minutes'), ('1d', interval '1 day')) AS windows (name, length)
LEFT JOIN chat_messages ON created_at > now() - length AND user_id <> 'canary'
GROUP BY name;

-- Background tasks that have not ended, and for how long the oldest has waited: 0 when there is none.
CREATE OR REPLACE VIEW onyx_metrics.tasks AS
SELECT count(*) AS open, coalesce(extract(epoch FROM now() - min(created_at)), 0) AS oldest_seconds
FROM tasks WHERE success IS NULL;

GRANT USAGE ON SCHEMA onyx_metrics TO onyx_metrics;
GRANT SELECT ON ALL TABLES IN SCHEMA onyx_metrics TO onyx_metrics;
