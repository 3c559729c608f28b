// The chart of bench_step.c on XState 5, with the same events: one JSON line for each figure, the best of several rounds
// in CPU time of this process.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const require = createRequire(`${here}../../workflow/package.json`);
const { createActor, createMachine, initialTransition, transition } = await import(
  pathToFileURL(require.resolve('xstate'))
);

const ROUNDS = 5;
const STEPS = 60000;
const document = JSON.parse(readFileSync(`${here}chart.json`, 'utf8'));

const guardOf = (text) => {
  const holds = new Function('data', `return ${text.replaceAll('==', '===')}`);
  return ({ context }) => holds(context);
};

// Paths are seen from where they stand, as in the format.
function resolve(path, from) {
  for (let scope = from; ; scope = scope.slice(0, -1)) {
    const found = [...scope, ...path.split('.')];
    if (found.reduce((states, name) => states?.[name]?.states ?? (states?.[name] && {}), document.states) !== undefined) {
      return `#${found.join('_')}`;
    }
    if (scope.length === 0) throw new Error(`no state ${path}`);
  }
}

const done = () => {};
const actions = (effects) => (effects ?? []).map(() => done);

function ways(transitions, from) {
  return transitions.map((t) => ({
    ...(t.to ? { target: resolve(t.to, from), reenter: !t.internal } : {}),
    ...(t.guard ? { guard: guardOf(t.guard) } : {}),
    actions: actions(t.do),
  }));
}

function config(state, path) {
  if (state.type === 'history') {
    return { id: path.join('_'), type: 'history', history: state.deep ? 'deep' : 'shallow', target: resolve(state.default, path.slice(0, -1)) };
  }
  const made = { id: path.join('_'), entry: actions(state.entry), exit: actions(state.exit) };
  if (state.type === 'final' || state.type === 'parallel') made.type = state.type;
  if (state.initial) made.initial = state.initial;
  if (state.on) made.on = Object.fromEntries(Object.entries(state.on).map(([event, list]) => [event, ways(list, path)]));
  if (state.on_done) made.onDone = ways(state.on_done, path);
  if (state.states) made.states = states(state.states, path);
  return made;
}

function states(members, path) {
  return Object.fromEntries(Object.entries(members).map(([name, state]) => [name, config(state, [...path, name])]));
}

const context = Object.fromEntries(Object.entries(document.data).map(([name, field]) => [name, field.default]));
const machine = createMachine({ id: 'bench', context, initial: document.initial, states: states(document.states, []) });
const cycle = ['accept', 'sign_tech', 'request_amendment', 'amend', 'sign_econ', 'reroute'].map((type) => ({ type }));
const touch = [{ type: 'touch' }, { type: 'touch' }];

function best(run) {
  let least = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const began = process.cpuUsage();
    run();
    const took = process.cpuUsage(began);
    least = Math.min(least, took.user + took.system);
  }
  return STEPS / least; // steps for each microsecond: M/s
}

function viaTransition(events) {
  let [state] = initialTransition(machine);
  [state] = transition(machine, state, { type: 'submit' });
  return best(() => {
    for (let i = 0; i < STEPS / events.length; i++) for (const event of events) [state] = transition(machine, state, event);
  });
}

function viaActor(events) {
  const actor = createActor(machine).start();
  actor.send({ type: 'submit' });
  return best(() => {
    for (let i = 0; i < STEPS / events.length; i++) for (const event of events) actor.send(event);
  });
}

const tell = (name, value) => console.log(JSON.stringify({ name, value: Number(value.toFixed(4)), unit: 'M/s' }));
tell('xstate_transition_guard_effects', viaTransition(touch));
tell('xstate_transition_parallel_history', viaTransition(cycle));
tell('xstate_send_guard_effects', viaActor(touch));
tell('xstate_send_parallel_history', viaActor(cycle));
