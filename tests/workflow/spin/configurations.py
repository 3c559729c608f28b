"""Writes a definition as a Promela model that tells every configuration it can come to at rest, and every transition taken.

Written from SCXML's Appendix D and the definition alone, and in other terms than the engine's: what is entered is found by
closing a set downwards in document order, what is left by ranges of that order. Guards answer both ways, votes come out both
ways, a timer may fire whenever its state is active and its clock runs, `bodies` members take part in every `each`.

It tells `C <states> | <what each history remembers>; | <clocks> | <members> | <finished>` and `T <source> <trigger> <ordinal>`, states
being their numbers in document order: the lines of tests/workflow/driver_walk.c.
"""
import collections
import dataclasses

NONE = 255
PICKS = 8
QUEUE = 16


@dataclasses.dataclass
class Transition:
    number: int
    source: int
    targets: list
    guarded: bool
    internal: bool
    effects: list
    people: bool
    name: str  # source, trigger, and which of those it is
    clock: str | None = None  # of the timer it belongs to


@dataclasses.dataclass
class State:
    number: int
    path: str
    kind: str
    parent: int  # NONE: at the top
    member: dict
    end: int = 0
    children: list = dataclasses.field(default_factory=list)
    on: dict = dataclasses.field(default_factory=dict)
    always: list = dataclasses.field(default_factory=list)
    done: list = dataclasses.field(default_factory=list)
    timers: list = dataclasses.field(default_factory=list)
    of_each: bool = False  # inside the template of an `each`


class Chart:
    def __init__(self, document):
        self.document, self.states, self.transitions, self.events = document, [], [], []
        self.ordinals = collections.Counter()
        self.clocks = list(document.get("clocks", {}))
        self.top = self.read(document["states"], NONE, "", False)
        self.by_path = {state.path: state.number for state in self.states}
        for state in self.states:
            self.fill(state)
        self.histories = [state for state in self.states if state.kind == "history"]
        self.initial = self.by_path[document["initial"]]

    def read(self, members, parent, prefix, of_each):
        numbers = []
        for key, member in members.items():
            kind = member.get("type", "compound" if "states" in member else "atomic")
            state = State(len(self.states), prefix + key, kind, parent, member, of_each=of_each)
            self.states.append(state)
            numbers.append(state.number)
            state.children = self.read(member.get("states", {}), state.number, state.path + ".", of_each or kind == "each")
            state.end = len(self.states)
        return numbers

    def fill(self, state):
        for event, transitions in state.member.get("on", {}).items():
            state.on[self.event(event)] = [self.transition(state, "event", t) for t in transitions]
        state.always = [self.transition(state, "always", t) for t in state.member.get("always", [])]
        state.done = [self.transition(state, "done", t) for t in state.member.get("on_done", [])]
        state.timers = [self.transition(state, "timer", t) for t in state.member.get("after", [])]
        for effect in self.effects_within(state.member):
            if effect["fx"] == "emit":
                self.event(effect["event"])
        if "vote" in state.member:
            self.event(state.member["vote"]["event"])

    @staticmethod
    def effects_within(member):
        found = [*member.get("entry", []), *member.get("exit", [])]
        for transitions in [*member.get("on", {}).values(), member.get("always", []), member.get("on_done", []),
                            member.get("after", [])]:
            for transition in transitions:
                found += transition.get("do", [])
        return found

    def event(self, key):
        if key not in self.events:
            self.events.append(key)
        return self.events.index(key)

    def transition(self, state, trigger, member):
        targets = member.get("to", [])
        targets = [targets] if isinstance(targets, str) else targets
        transition = Transition(len(self.transitions), state.number, [self.target(state, t) for t in targets],
                                "guard" in member, member.get("internal", False), member.get("do", []), "role" in member,
                                f"{state.number} {trigger} {self.ordinals[state.number, trigger]}", member.get("clock"))
        self.ordinals[state.number, trigger] += 1
        self.transitions.append(transition)
        return transition

    def target(self, state, path):
        return self.by_path[path] if path in self.by_path else self.by_path[f"{self.states[state.parent].path}.{path}"]

    def ancestors(self, number):
        found = []
        while self.states[number].parent != NONE:
            number = self.states[number].parent
            found.append(number)
        return found

    def domain(self, transition):
        """The state inside of which everything that the transition leaves and enters lies; NONE: the document."""
        source = self.states[transition.source]
        inside = all(source.number < t < source.end for t in transition.targets)
        if transition.internal and source.kind == "compound" and inside:
            return source.number
        for ancestor in self.ancestors(source.number):
            of = self.states[ancestor]
            if of.kind == "compound" and all(of.number < t < of.end for t in transition.targets):
                return ancestor
        return NONE

    def range_of(self, domain):
        return (0, len(self.states)) if domain == NONE else (domain + 1, self.states[domain].end)


class Model:
    def __init__(self, chart, bodies):
        self.chart, self.bodies, self.lines, self.depth = chart, bodies, [], 0

    def add(self, *lines):
        self.lines += ["  " * self.depth + line for line in lines]

    def choose(self, options):
        """options: (condition or None, [statements])."""
        self.add("if")
        for condition, statements in options:
            self.add(":: " + "; ".join(([f"{condition} ->"] if condition else []) + (statements or ["skip"]))
                     .replace("->;", "->"))
        self.add("fi;")

    def write(self):
        chart = self.chart
        n = len(chart.states)
        self.add(f"byte cfg[{n}], leaving[{n}], entering[{n}], resumed[{n}], found[{n}];",
                 f"byte picks[{PICKS}]; byte np, ev, i, k, keep, n_members, ended, all_done; bool over, preempted;",
                 f"byte member[{max(1, self.bodies)}];",
                 f"byte queue[{QUEUE}], queued, taken_on;",
                 *(f"byte remembered_{h.number}[{n}]; bool has_{h.number};" for h in chart.histories),
                 *(f"bool clock_{c};" for c in chart.clocks))
        self.add("inline raise(what) { queue[queued] = what; queued++ }")
        self.write_tables()
        for name in ("add_pick", "select_event", "select_always", "close_entry", "enter", "microstep", "rest", "tell_rest"):
            getattr(self, "inline_" + name)()
        self.write_main()
        return "\n".join(self.lines) + "\n"

    def write_tables(self):
        """What is known of two transitions before anything happens: do they leave the same, is one inside the other."""
        chart = self.chart
        n = len(chart.transitions)
        conflict, inner = [], []
        for one in chart.transitions:
            a = chart.range_of(chart.domain(one))
            for other in chart.transitions:
                b = chart.range_of(chart.domain(other))
                conflict.append(int(bool(one.targets and other.targets and a[0] < b[1] and b[0] < a[1])))
                source = chart.states[other.source]
                inner.append(int(source.number < one.source < source.end))
        self.add("c_decl {", f"  static const unsigned char conflict_of[] = {{{','.join(map(str, conflict))}}};",
                 f"  static const unsigned char inner_of[] = {{{','.join(map(str, inner))}}};",
                 f"  static unsigned char taken[{n}];", "}",
                 f"#define CONFLICT(a, b) c_expr {{ conflict_of[now.a * {n} + now.b] }}",
                 f"#define INNER(a, b) c_expr {{ inner_of[now.a * {n} + now.b] }}",
                 "byte candidate, earlier;")

    def inline_add_pick(self):
        self.add("inline add_pick() {", "  preempted = false; k = 0; keep = 0;", "  do",
                 "  :: k < np && !preempted ->",
                 "    earlier = picks[k];",
                 "    if", "    :: earlier == candidate -> preempted = true",
                 "    :: else ->",
                 "      if", "      :: CONFLICT(candidate, earlier) ->",
                 "        if", "        :: INNER(candidate, earlier) -> skip",
                 "        :: else -> preempted = true", "        fi",
                 "      :: else -> found_keep[keep] = earlier; keep++", "      fi", "    fi;",
                 "    k++", "  :: else -> break", "  od;",
                 "  if", "  :: !preempted ->",
                 "    k = 0;", "    do", "    :: k < keep -> picks[k] = found_keep[k]; k++", "    :: else -> break", "    od;",
                 "    picks[keep] = candidate; np = keep + 1",
                 "  :: else", "  fi;", "  k = 0; keep = 0; earlier = 0; candidate = 0; preempted = false", "}")
        self.lines.insert(0, f"byte found_keep[{PICKS}];")

    def group(self, state, transitions):
        """found[state]: the first of the group that holds; any of them may."""
        options = []
        for transition in transitions:
            options.append((None, [f"found[{state}] = {transition.number}"]))
            if not transition.guarded:
                break
        else:
            options.append((None, [f"found[{state}] = {NONE}"]))
        return "if " + " ".join(":: " + "; ".join(s) for _, s in options) + " fi"

    def select(self, groups):
        """From each active leaf outwards; groups: {state: transitions}."""
        chart = self.chart
        for state in sorted(groups):
            self.add(f"found[{state}] = {NONE};", f"if :: cfg[{state}] -> {self.group(state, groups[state])} :: else fi;")
        for leaf in chart.states:
            if leaf.kind not in ("atomic", "final", "each") or leaf.of_each:
                continue
            chain = [s for s in [leaf.number, *chart.ancestors(leaf.number)] if s in groups]
            if not chain:
                continue
            options = [(f"cfg[{leaf.number}] && "
                        + " && ".join([f"found[{s}] == {NONE}" for s in chain[:at]] + [f"found[{state}] != {NONE}"]),
                        [f"candidate = found[{state}]", "add_pick()"]) for at, state in enumerate(chain)]
            self.choose([*options, ("else", [])])
        self.add(*(f"found[{state}] = 0;" for state in groups), "skip")

    def inline_select_event(self):
        chart = self.chart
        self.add("inline select_event() {", "  if")
        self.depth = 2
        for number in range(len(chart.events)):
            groups = {s.number: s.on[number] for s in chart.states if number in s.on and not s.of_each}
            if groups:
                self.add(f":: ev == {number} ->")
                self.select(groups)
        for state in chart.states:
            if state.done:
                self.add(f":: ev == {len(chart.events) + state.number} ->",
                         f"found[{state.number}] = {NONE};",
                         f"if :: cfg[{state.number}] -> {self.group(state.number, state.done)} :: else fi;",
                         f"if :: found[{state.number}] != {NONE} -> picks[0] = found[{state.number}]; np = 1 :: else fi;",
                         f"found[{state.number}] = 0")
        self.add(":: else")
        self.depth = 0
        self.add("  fi", "}")

    def inline_select_always(self):
        self.add("inline select_always() {")
        self.depth = 1
        self.select({s.number: s.always for s in self.chart.states if s.always and not s.of_each})
        self.depth = 0
        self.add("}")

    # --- effects, as far as they stay inside

    def effects(self, members, resumed=None):
        """resumed: the condition under which a clock goes on instead of starting."""
        statements = []
        for effect in members:
            if effect["fx"] == "emit":
                statements.append(f"raise({self.chart.event(effect['event'])})")
            elif effect["fx"] == "clock_start":  # resumed or not, it runs afterwards
                statements.append(f"clock_{effect['clock']} = true")
            elif effect["fx"] == "clock_stop":
                statements.append(f"clock_{effect['clock']} = false")
        return statements

    # --- what is entered

    def inline_close_entry(self):
        """Downwards, in document order: whoever has nothing inside gets its default, a parallel state all its regions."""
        chart = self.chart
        self.add("inline close_entry() {")
        self.depth = 1
        for state in chart.states:
            if state.of_each:
                continue
            if state.kind == "compound":
                inside = " || ".join(f"entering[{s}]" for s in range(state.number + 1, state.end))
                initial = chart.by_path[f"{state.path}.{state.member['initial']}"]
                self.choose([(f"entering[{state.number}] && !({inside})", self.enter_target(initial, state.number)), ("else", [])])
            elif state.kind == "parallel":
                for child in state.children:
                    if chart.states[child].kind != "history":
                        self.choose([(f"entering[{state.number}]", [f"entering[{child}] = 1"]), ("else", [])])
        self.depth = 0
        self.add("  skip", "}")

    def enter_target(self, number, domain):
        """Marks a target and what lies between it and the domain."""
        chart = self.chart
        state = chart.states[number]
        around = []
        for ancestor in chart.ancestors(number):
            if ancestor == domain:
                break
            around.append(ancestor)
        if state.kind != "history":
            return [f"entering[{s}] = 1" for s in [number, *around]]
        of = chart.states[state.parent]
        recalled = [f"if :: remembered_{number}[{s}] -> entering[{s}] = 1; resumed[{s}] = 1 :: else fi"
                    for s in range(of.number + 1, of.end)]
        recalled += [f"entering[{s}] = 1; resumed[{s}] = 1" for s in around]
        fresh = self.enter_target(chart.target(state, state.member["default"]), state.parent)
        fresh += [f"entering[{s}] = 1" for s in around]
        return [f"if :: has_{number} -> {'; '.join(recalled)} :: else -> {'; '.join(fresh)} fi"]

    def inline_enter(self):
        chart = self.chart
        self.add("inline enter() {", "  close_entry();")
        self.depth = 1
        for state in chart.states:
            if state.kind == "history" or state.of_each:
                continue
            statements = [f"cfg[{state.number}] = 1", *self.effects(state.member.get("entry", []))]
            if state.kind == "each":
                statements += self.enter_each(state)
            if state.kind == "final":
                statements += self.complete(state)
            self.choose([(f"entering[{state.number}]", [*statements, f"entering[{state.number}] = 0",
                                                        f"resumed[{state.number}] = 0"]), ("else", [])])
        self.depth = 0
        self.add("  skip", "}")

    def enter_each(self, state):
        inner = self.chart.states[state.number + 1:state.end]
        initial = self.chart.by_path[f"{state.path}.{state.member['initial']}"]
        mine = " || ".join(f"member[k] == {s.number}" for s in inner)
        fresh = ["member[k] = " + str(initial), *self.effects(self.chart.states[initial].member.get("entry", []))]
        again = [f"if :: member[k] == {s.number} -> {'; '.join(self.effects(s.member.get('entry', [])) or ['skip'])} :: else fi"
                 for s in inner]
        return [f"k = 0; do :: k < {self.bodies} -> if :: resumed[{state.number}] && ({mine}) -> {'; '.join(again)} "
                f":: else -> {'; '.join(fresh)} fi; k++ :: else -> break od; k = 0"]

    def complete(self, final):
        chart = self.chart
        if final.parent == NONE:
            return ["over = true"]
        above = chart.states[final.parent].parent
        statements = [f"raise({len(chart.events) + final.parent})"]
        if above != NONE and chart.states[above].kind == "parallel":
            statements.append(f"if :: {self.is_complete(chart.states[above])} -> raise({len(chart.events) + above}) :: else fi")
        return statements

    def is_complete(self, state):
        chart = self.chart
        if state.kind == "compound":
            finals = [f"cfg[{c}]" for c in state.children if chart.states[c].kind == "final"]
            return f"({' || '.join(finals) or 'false'})"
        if state.kind == "parallel":
            return "(" + " && ".join(self.is_complete(chart.states[c]) for c in state.children
                                     if chart.states[c].kind != "history") + ")"
        return "false"

    # --- a microstep

    def inline_microstep(self):
        chart = self.chart
        self.add("inline microstep() {", "  i = 0;", "  do", "  :: i < np ->", "    if")
        self.depth = 2
        for transition in chart.transitions:
            if transition.targets and not chart.states[transition.source].of_each:
                first, end = chart.range_of(chart.domain(transition))
                self.add(f":: picks[i] == {transition.number} -> k = {first}; do :: k < {end} -> leaving[k] = cfg[k]; k++ "
                         ":: else -> break od")
        self.depth = 0
        self.add("    :: else", "    fi; i++", "  :: else -> break", "  od;")
        self.depth = 1
        for history in chart.histories:
            of = chart.states[history.parent]
            kept = range(of.number + 1, of.end) if history.member.get("deep") else of.children
            self.choose([(f"leaving[{of.number}]", [f"has_{history.number} = true"]
                          + [f"remembered_{history.number}[{s}] = cfg[{s}]" for s in kept]), ("else", [])])
        for state in reversed(chart.states):
            if state.kind != "history" and not state.of_each:
                self.choose([(f"leaving[{state.number}]", [*self.effects(state.member.get("exit", [])),
                                                           f"cfg[{state.number}] = 0", f"leaving[{state.number}] = 0"]),
                             ("else", [])])
        self.each_pick(lambda t: [self.tell(t), *self.effects(t.effects)])
        self.each_pick(lambda t: [s for target in t.targets for s in self.enter_target(target, chart.domain(t))] or None)
        self.depth = 0
        self.add("  i = 0; k = 0; do :: np > 0 -> np--; picks[np] = 0 :: else -> break od;", "  enter()", "}")

    def each_pick(self, statements_of):
        self.add("i = 0;", "do", ":: i < np ->", "  if")
        for transition in self.chart.transitions:
            statements = None if self.chart.states[transition.source].of_each else statements_of(transition)
            if statements:
                self.add(f"  :: picks[i] == {transition.number} -> {'; '.join(statements)}")
        self.add("  :: else", "  fi; i++", ":: else -> break", "od;")

    def inline_rest(self):
        self.add("inline rest() {", "  do", "  :: over -> break", "  :: !over ->", "    if",
                 f"    :: ev != {NONE} -> select_event(); ev = {NONE}",
                 "    :: else -> if :: np == 0 -> select_always() :: else fi",
                 "    fi;",
                 "    if", "    :: np > 0 -> microstep()",
                 "    :: np == 0 && taken_on < queued -> ev = queue[taken_on]; taken_on++",
                 "    :: else -> break", "    fi", "  od;", "  ev = 0; taken_on = 0; do :: queued > 0 -> queued--; queue[queued] = 0 :: else -> break od;",
                 "  if", "  :: over -> " + ("; ".join(f"clock_{c} = false" for c in self.chart.clocks) or "skip"),
                 "  :: else", "  fi", "}")

    def inline_tell_rest(self):
        chart = self.chart
        self.add("inline tell_rest() {", "  c_code {", '    printf("C");',
                 f"    for (int s = 0; s < {len(chart.states)}; s++) if (now.cfg[s]) printf(\" %d\", s);", '    printf(" |");')
        for history in chart.histories:
            self.add(f"    for (int s = 0; s < {len(chart.states)}; s++) if (now.remembered_{history.number}[s]) "
                     'printf(" %d", s);', '    printf(" ;");')
        self.add('    printf(" |");', *(f"    if (now.clock_{c}) printf(\" {at}\");" for at, c in enumerate(chart.clocks)),
                 '    printf(" |");', f"    for (int m = 0; m < {self.bodies}; m++) if (now.member[m]) "
                 'printf(" %d", now.member[m]);', '    printf(" | %d\\n", now.over);', "  }", "}")

    # --- what may happen

    def paused(self, clock):
        pausing = [f"cfg[{s.number}]" for s in self.chart.states if clock in s.member.get("pause", [])]
        return f"({' || '.join(pausing) or 'false'})"

    def timer_runs(self, transition):
        return "" if transition.clock is None else f" && clock_{transition.clock} && !{self.paused(transition.clock)}"

    def follow(self, state, transition, at):
        """One member of an `each` goes from a state of the template to another."""
        chart = self.chart
        each = chart.states[state.parent]
        told = [self.tell(transition)]
        if not transition.targets:
            return told + self.effects(transition.effects)
        target = chart.states[transition.targets[0]]
        statements = told + self.effects(state.member.get("exit", [])) + self.effects(transition.effects)
        statements += [f"member[{at}] = {target.number}", *self.effects(target.member.get("entry", []))]
        if target.kind == "final":
            statements.append(f"if :: {self.is_joined(each)} -> raise({len(chart.events) + each.number}) :: else fi")
        return statements

    @staticmethod
    def tell(transition):
        return (f"c_code {{ if (!taken[{transition.number}]) {{ taken[{transition.number}] = 1; "
                f"printf(\"T {transition.name}\\n\"); }} }}")

    def is_joined(self, each):
        join, chart = each.member.get("join", {"all": True}), self.chart
        finals = [s for s in chart.states[each.number + 1:each.end] if s.kind == "final"]
        if "in" in join:
            finals = [s for s in finals if s.path == f"{each.path}.{join['in']}"]
        ended = " + ".join(f"({' || '.join(f'member[{m}] == {s.number}' for s in finals)})" for m in range(self.bodies))
        return f"({ended}) >= {join.get('at_least', self.bodies)}"

    def happenings(self):
        chart = self.chart
        for number in range(len(chart.events)):
            voting = [f"cfg[{s.number}]" for s in chart.states if s.member.get("vote", {}).get("event") == chart.events[number]]
            known = [f"cfg[{s.number}]" for s in chart.states
                     if not s.of_each and any(t.people for t in s.on.get(number, []))]
            joint = [f"cfg[{s.parent}]" for s in chart.states if s.of_each and number in s.on]
            if known:
                yield f"({' || '.join(known)}) && !({' || '.join(voting + joint) or 'false'})", [f"ev = {number}"]
        for state in chart.states:
            for transition in state.timers:
                if not state.of_each:
                    yield (f"cfg[{state.number}]" + self.timer_runs(transition),
                           [f"picks[0] = {transition.number}", "np = 1"])
            if "vote" in state.member:
                for outcome in ("vote.passed", "vote.failed"):
                    if outcome in chart.events:
                        yield f"cfg[{state.number}]", [f"raise({chart.events.index(outcome)})"]
            if state.of_each:
                yield from self.member_happenings(state)

    def member_happenings(self, state):
        for at in range(self.bodies):
            active = f"cfg[{state.parent}] && member[{at}] == {state.number}"
            for group in state.on.values():
                for transition in group if any(t.people for t in group) else []:
                    yield active, self.follow(state, transition, at)
                    if not transition.guarded:
                        break
            for transition in state.timers:
                yield active + self.timer_runs(transition), self.follow(state, transition, at)

    def write_main(self):
        start = [f"entering[{s}] = 1" for s in [self.chart.initial]]
        self.add("active proctype desk() {", "  atomic {", "    " + "; ".join(start) + ";",
                 f"    enter(); ev = {NONE}; rest(); tell_rest()", "  };", "  do", "  :: over -> break", "  :: !over ->",
                 "    atomic {", f"      ev = {NONE};", "      if")
        for condition, statements in self.happenings():
            self.add(f"      :: {condition} -> {'; '.join(statements)}")
        self.add("      fi;", "      rest(); tell_rest()", "    }", "  od", "}")


def model_of(document, bodies):
    return Model(Chart(document), bodies).write()
