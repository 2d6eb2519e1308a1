import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { machineWith } from '../test/rig.ts';
import { machineTarget } from './machine-target.ts';
import { type GdbServer, serveGdb } from './node.ts';

const servers: GdbServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function served() {
  const target = machineTarget(machineWith().machine);
  const events: string[] = [];
  let awoken = 0;
  const server = await serveGdb(target, {
    port: 0,
    wake: () => awoken++,
    onConnection: (what) => events.push(what),
  });
  servers.push(server);
  return { target, server, events, awoken: () => awoken };
}

async function dial({ host, port }: GdbServer) {
  const socket = connect(port, host);
  let text = '';
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1');
  });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return {
    socket,
    ask: async (packet: string): Promise<string> => {
      text = '';
      socket.write(packet);
      while (!/#..$/.test(text)) await once(socket, 'data');
      return text;
    },
  };
}

it('keeps the machine standing until a debugger has come and let it go', async () => {
  const { target, server, events, awoken } = await served();
  expect(target.run(10)).toEqual({ kind: 'held' });
  const { ask, socket } = await dial(server);
  expect(await ask('$qC#b4')).toBe('+$QC1#c5');
  expect([events, awoken()]).toEqual([['attached'], 1]);
  expect(await ask('+$D#44')).toBe('+$OK#9a');
  expect(target.run(10)).toEqual({ kind: 'budget' });
  socket.end();
  await once(socket, 'close');
  const again = await dial(server);
  expect(await again.ask('$?#3f')).toMatch(/T05/);
  expect(target.run(10)).toEqual({ kind: 'held' });
});

it('turns a second debugger away and leaves the first alone', async () => {
  const { server, events } = await served();
  const { ask } = await dial(server);
  await ask('$qC#b4');
  const { socket } = await dial(server);
  await once(socket, 'close');
  expect(events).toEqual(['attached', 'refused']);
  expect(await ask('$qC#b4')).toBe('+$QC1#c5');
});

it('tells a debugger that waits of the end, and closes', async () => {
  const { server } = await served();
  const { socket, ask } = await dial(server);
  await ask('$qC#b4');
  socket.write('$c#63');
  await once(socket, 'data');
  const last = once(socket, 'data');
  server.close();
  expect(String(await last)).toBe('$W00#b7');
  await once(socket, 'close');
});

it('says so when the port is taken', async () => {
  const { server, target } = await served();
  await expect(serveGdb(target, { port: server.port })).rejects.toMatchObject({
    name: 'GdbError',
    code: 'KSEG_GDB_LISTEN',
    message: `cannot wait for a debugger at localhost:${server.port}: the port is in use; give another port, or 0 for any`,
    data: { host: 'localhost', port: server.port },
  });
  await expect(serveGdb(target, { port: 0, host: '203.0.113.1' })).rejects.toMatchObject({ code: 'KSEG_GDB_LISTEN' });
});
