// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { serve } from '../http/serve.ts';
import { createApp } from './app.ts';
import { readSettings } from './environment.ts';
import { OnyxClient } from './onyx.ts';

const { address, onyxUrl } = readSettings();
await serve('Suna', createApp(new OnyxClient(onyxUrl)), address, () => undefined);
