// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/* A service that 500 users talk to, with 4 models, well and badly, every second. Says when it has begun. */
import { chat } from '@onyx-metrics/otel';

function everybody() {
  for (let user = 0; user < 500; user += 1) {
    for (let model = 0; model < 4; model += 1) {
      for (const success of [true, false])
        chat.start({ model: `model-${model}`, userId: `user ${user}` }).end({ success });
    }
  }
}
everybody();
setInterval(everybody, 1000);
process.send?.('begun');
process.on('disconnect', () => process.exit());
