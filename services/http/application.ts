// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import express, { type Express } from 'express';
import { z } from 'zod';
import { parse } from './refusal.ts';

/** What `:id` of a path must be; a handler is called with no other. */
const identified = z.object({ id: z.uuid() });

/** An Express application for JSON, that says of itself nothing it need not. */
export function application(): Express {
  const app = express()
    .disable('x-powered-by')
    .use(express.json({ limit: '16kb' }));
  return app.param('id', (_req, _res, next, id) => {
    parse(identified, { id });
    next();
  });
}
