-- Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
-- Onyx's tables in the Supabase database. Applying it again changes nothing.

CREATE TABLE IF NOT EXISTS users (
  id text PRIMARY KEY,
  first_seen timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS documents (
  id integer PRIMARY KEY,
  title text NOT NULL,
  body text NOT NULL,
  -- `pending` until a search can find it.
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'indexed'))
);

CREATE TABLE IF NOT EXISTS chat_messages (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- Checked at commit: a user's first chat inserts both rows in one statement.
  user_id text NOT NULL REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED,
  model text NOT NULL,
  success boolean NOT NULL,
  vector_count integer NOT NULL,
  seconds double precision NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS tasks (
  id uuid PRIMARY KEY,
  task_type text NOT NULL,
  items integer NOT NULL,
  success boolean,
  seconds double precision,
  created_at timestamptz NOT NULL DEFAULT now()
);
