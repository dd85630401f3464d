// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { z } from 'zod';
import { address, port, readEnvironment, secretFile, url } from '../http/environment.ts';

const environment = z.object({
  ...address,
  PGHOST: z.string(),
  PGPORT: port,
  PGUSER: z.string(),
  PGDATABASE: z.string(),
  PGPASSWORD_FILE: secretFile,
  REDIS_HOST: z.string(),
  REDIS_PORT: port,
  REDIS_PASSWORD_FILE: secretFile,
  QDRANT_URL: url,
  QDRANT_API_KEY_FILE: secretFile,
  LITELLM_URL: url,
  LITELLM_KEY_FILE: secretFile,
  PROMETHEUS_URL: url,
  PROMETHEUS_USER: z.string().default('admin'),
  PROMETHEUS_PASSWORD_FILE: secretFile,
  METRICS_USER: z.string().default('admin'),
  METRICS_PASSWORD_FILE: secretFile,
});

/** Throws an error that names every variable that is missing or wrong. */
export function readSettings() {
  const env = readEnvironment(environment);
  return {
    address: { host: env.HOST, port: env.PORT },
    postgres: {
      host: env.PGHOST,
      port: env.PGPORT,
      user: env.PGUSER,
      database: env.PGDATABASE,
      password: env.PGPASSWORD_FILE,
    },
    redis: { host: env.REDIS_HOST, port: env.REDIS_PORT, password: env.REDIS_PASSWORD_FILE },
    qdrant: { url: env.QDRANT_URL, apiKey: env.QDRANT_API_KEY_FILE },
    litellm: { url: env.LITELLM_URL, key: env.LITELLM_KEY_FILE },
    metricsApi: {
      prometheus: { url: env.PROMETHEUS_URL, username: env.PROMETHEUS_USER, password: env.PROMETHEUS_PASSWORD_FILE },
      username: env.METRICS_USER,
      password: env.METRICS_PASSWORD_FILE,
    },
  };
}
