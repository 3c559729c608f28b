// Runs charts (charts.py, plain()) on XState 5 and on SCION: one JSON line in, { chart, data, events }, one line out,
// { xstate, scion }: each { seen: for the start and each event [atomic states, what was noted in order], error }.
import { createInterface } from 'node:readline';
import { Script } from 'node:vm';
import { and, assign, createActor, not, or, raise, setup, stateIn } from 'xstate';
import scion from '@scion-scxml/core';

const ENDLESS = 2000; // notes of one event: a chart that makes more never rests
const ENDLESS_MS = 5000; // of one event, where an engine swallows what its actions throw: fifty events take some 10

class Notebook {
  notes = [];
  foreseen = 0;
  add(word) {
    if (this.notes.push(word) > ENDLESS) throw new Error('restless');
  }
  // XState decides the whole macrostep before it does anything: one that never rests would never note a word.
  foresee() {
    if (++this.foreseen > ENDLESS) throw new Error('restless');
    return {};
  }
  take() {
    const notes = this.notes;
    this.notes = [];
    this.foreseen = 0;
    return notes;
  }
}

const COMPARE = { '==': (a, b) => a === b, '<': (a, b) => a < b, '>=': (a, b) => a >= b };

// An expression without states: a constant, a variable, a sum or a comparison.
function value([kind, a, b], data) {
  if (kind === 'const') return a;
  if (kind === 'var') return data[a];
  return kind === '+' ? value(a, data) + value(b, data) : COMPARE[kind](value(a, data), value(b, data));
}

const isDone = (transition) => transition.events?.[0].startsWith('done.state.');

// Calls what may never come back.
const call = new Script('within()');
function within(work) {
  globalThis.within = work;
  call.runInThisContext({ timeout: ENDLESS_MS });
}

// Builds, starts and drives an engine: `make` returns { start, send, atoms }.
function drive(make, events) {
  const notebook = new Notebook();
  const seen = [];
  try {
    const engine = make(notebook);
    within(() => engine.start());
    seen.push([engine.atoms().sort(), notebook.take()]);
    for (const event of events) {
      within(() => engine.send(event));
      seen.push([engine.atoms().sort(), notebook.take()]);
    }
    return { seen };
  } catch (error) {
    return { seen, error: String(error.message ?? error).slice(0, 200) };
  }
}

// ---- XState 5: SCXML's external transitions are those that reenter

function xstateGuard([kind, a, b]) {
  if (kind === 'in') return stateIn(`#${a}`);
  if (kind === 'not') return not(xstateGuard(a));
  if (kind in COMPARE) return ({ context }) => value([kind, a, b], context);
  return (kind === '&&' ? and : or)([xstateGuard(a), xstateGuard(b)]);
}

function xstateState(s, act) {
  if (s.kind === 'history') {
    return { id: s.id, type: 'history', history: s.deep ? 'deep' : 'shallow', target: `#${s.default.targets[0]}` };
  }
  const config = { id: s.id, entry: act(s.entry), exit: act(s.exit) };
  if (s.kind === 'final' || s.kind === 'parallel') config.type = s.kind;
  if (s.kind === 'compound') config.initial = s.initial.targets[0];
  if (s.states.length) config.states = Object.fromEntries(s.states.map((child) => [child.id, xstateState(child, act)]));
  for (const t of s.transitions) {
    const transition = { actions: act(t.do) };
    if (t.targets.length) Object.assign(transition, { target: t.targets.map((id) => `#${id}`), reenter: !t.internal });
    if (t.cond) transition.guard = xstateGuard(t.cond);
    if (!t.events) (config.always ??= []).push(transition);
    else if (isDone(t)) (config.onDone ??= []).push(transition);
    else ((config.on ??= {})[t.events[0]] ??= []).push(transition);
  }
  return config;
}

function xstateActions([kind, word, tree], notebook) {
  if (kind === 'raise') return [raise({ type: word })];
  if (kind === 'assign') return [assign({ [word]: ({ context }) => value(tree, context) })];
  return [assign(() => notebook.foresee()), () => notebook.add(word)];
}

function xstate(chart, data, notebook) {
  const act = (content) => content.flatMap((action) => xstateActions(action, notebook));
  const machine = setup({}).createMachine({ ...xstateState(chart, act), id: 'document', context: data });
  const actor = createActor(machine);
  let failure = null;
  actor.subscribe({ error: (error) => (failure = error) });
  const check = () => {
    if (failure) throw failure;
  };
  return {
    start: () => (actor.start(), check()),
    send: (type) => (actor.send({ type }), check()),
    atoms: () =>
      actor.getSnapshot()._nodes.filter((n) => n.type === 'atomic' || n.type === 'final').map((n) => n.id),
  };
}

// ---- SCION

function scionCondition([kind, a, b], isIn, data) {
  if (kind === 'in') return isIn(a);
  if (kind === 'not') return !scionCondition(a, isIn, data);
  if (kind in COMPARE) return value([kind, a, b], data);
  const left = scionCondition(a, isIn, data);
  return left === (kind === '&&') ? scionCondition(b, isIn, data) : left;
}

function scionState(s, act, holds) {
  const state = { id: s.id, onEntry: act(s.entry), onExit: act(s.exit) };
  if (['history', 'final', 'parallel'].includes(s.kind)) state.$type = s.kind;
  if (s.kind === 'history') Object.assign(state, { isDeep: s.deep, transitions: [{ target: s.default.targets }] });
  if (s.kind === 'compound') state.initial = s.initial.targets;
  if (s.states.length) state.states = s.states.map((child) => scionState(child, act, holds));
  if (s.kind === 'history') return state;
  state.transitions = s.transitions.map((t) => ({
    ...(t.events ? { event: t.events[0] } : {}),
    ...(t.targets.length ? { target: [...t.targets] } : {}),
    ...(t.cond ? { cond: () => holds(t.cond) } : {}),
    ...(t.internal ? { type: 'internal' } : {}),
    onTransition: act(t.do),
  }));
  return state;
}

function scionEngine(chart, start, notebook) {
  const data = { ...start };
  const act = (content) =>
    content.map(
      ([kind, word, tree]) =>
        function () {
          if (kind === 'raise') this.raise({ name: word });
          else if (kind === 'assign') data[word] = value(tree, data);
          else notebook.add(word);
        },
    );
  const model = (_, __, ___, isIn) => ({
    ...scionState(chart, act, (tree) => scionCondition(tree, isIn, data)),
    $type: 'scxml',
  });
  const engine = new scion.Statechart(model, { sessionid: 'one' });
  return { start: () => engine.start(), send: (name) => engine.gen(name), atoms: () => engine.getConfiguration() };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { chart, data, events } = JSON.parse(line);
  const answer = {
    xstate: drive((notebook) => xstate(chart, data, notebook), events),
    scion: drive((notebook) => scionEngine(chart, data, notebook), events),
  };
  process.stdout.write(JSON.stringify(answer) + '\n');
}
