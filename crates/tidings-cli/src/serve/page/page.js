// The live page of `tidings serve`: one EventSource, and what comes through it. No libraries, no build step.
//
// What arrives is hostile: it gets into the page as text only, and everything that is kept here has a bound.

const HUB = '/.well-known/mercure';
/** How much the charts show, in seconds. */
const SPAN = 120;
/** How many events the list shows. */
const MOST_EVENTS = 50;
/** From how many characters on data is clipped, and how many are shown at most. */
const CLIP = 240;
const MOST_CHARACTERS = 100_000;
/** How much data the list keeps. An event that is larger is kept alone. */
const MOST_KEPT = 20_000_000;
/** How long there may be nothing, although there are vitals every second, before the connection counts as dead. */
const SILENCE = 15_000;
/** What the server knows this page's stream by, so that it can end it. */
const CLIENT = random();

const find = (id) => document.getElementById(id);

// ---- The connection ----------------------------------------------------------------------------------------------------

let source;
/** 'connecting' until it is open for the first time; then 'open' or 'reconnecting'. */
let state = 'connecting';
let since = performance.now();
/** When the last event came. */
let heard = since;
let reconnectionTime = 1000;
let lastEventId = '';
let received = 0;
let lost = 0;
let doubled = 0;
/** The `n` that the next vitals must have. */
let expected;
/** The types that have a listener. */
const types = new Set();
/** What events are that come now: of the time before this page ('earlier'), missed and sent on return ('back'), or 'live'. */
let arriving = 'earlier';
let settling;
/** From the end of a stream until it is known what has come in its place, and what has not. */
let away;
/** When the button was pressed, until the stream has ended. */
let cutAsked;

function connect() {
  source?.close();
  const query = new URLSearchParams([['match', 'tidings/vitals'], ['match', 'demo/*'], ['client', CLIENT]]);
  // The browser sends the last event ID itself when it comes back, but not in the first request of a new EventSource.
  query.append(...(lastEventId ? ['lastEventID', lastEventId] : ['last', SPAN]));
  source = new EventSource(`${HUB}?${query}`);
  // An event may well have the type `open` or `error`: then it is a MessageEvent, and says nothing about the connection.
  source.addEventListener('open', (event) => event instanceof MessageEvent || opened());
  source.addEventListener('error', (event) => event instanceof MessageEvent || broken(performance.now()));
  source.addEventListener('tidings/vitals', vitals);
  source.addEventListener('gap', gap);
  for (const type of types) source.addEventListener(type, arrived);
}

function listen(type) {
  if (types.has(type) || type === 'tidings/vitals' || type === 'gap') return;
  types.add(type);
  source?.addEventListener(type, arrived);
  const option = document.createElement('option');
  option.value = type;
  find('types').append(option);
  find('listened').replaceChildren(...[...types].flatMap((type) => [element('code', '', type), ' ']).slice(0, -1));
}

function opened() {
  become('open');
  heard = since;
  arriving = away ? 'back' : 'earlier';
  if (away) [away.until, away.band.to] = [since, serverNow()];
  settle(1000);
}

/** The stream has ended, at this moment, or could not be had. */
function broken(moment) {
  clearTimeout(settling);
  if (state === 'open') {
    away ??= { from: moment, events: 0, lost, doubled, band: { from: serverNow() - (performance.now() - moment) } };
    away.cut ||= cutAsked !== undefined;
    away.until = away.band.to = cutAsked = undefined;
    if (!bands.includes(away.band)) push(bands, away.band);
    become('reconnecting');
  }
  // The browser comes back by itself; but after an HTTP error it does not, and some do not if they are refused.
  if (source.readyState === EventSource.CLOSED) setTimeout(connect, reconnectionTime);
}

function become(next) {
  [state, since] = [next, performance.now()];
  document.title = state === 'open' ? 'Tidings' : `${state} · Tidings`;
  find('state').dataset.state = state;
  find('cut').setAttribute('aria-disabled', state !== 'open');
  say('state-name', state);
  redraw();
}

/** What was missed comes at once, if the line is not too slow: when nothing follows, what comes later is live. */
function settle(milliseconds = 400) {
  clearTimeout(settling);
  settling = setTimeout(() => (arriving = 'live'), milliseconds);
}

/** The connection is back, and the count of the first live vitals tells what it has cost. */
function returned() {
  const [missing, twice] = [lost - away.lost, doubled - away.doubled];
  const what = away.cut ? 'Cut' : away.anew ? 'The server was gone' : 'The connection was gone';
  // The vitals alone are counted: that none of them is lost says nothing about a gap.
  const unknown = (away.gap && !missing) || !samples.length;
  const cost = `${unknown ? '' : `, ${missing} lost`}${twice ? `, ${twice} doubled` : ''}`;
  const came = `${count(away.events, 'event')} came on return. ${away.gap ?? ''}`;
  notice(`${what} for ${duration(away.until - away.from)}${cost}: ${came}`, missing || twice || away.gap);
  away = undefined;
}

/** What is the same for events of all types. Gives when it happened, by the server's clock, if only about. */
function take(event, at) {
  heard = performance.now();
  received += 1;
  const epoch = (id) => id.split('-', 1)[0];
  if (lastEventId && epoch(lastEventId) !== epoch(event.lastEventId)) {
    expected = undefined;
    if (away) away.anew = true;
  }
  lastEventId = event.lastEventId;
  if (arriving === 'back' && at > away.band.to) arriving = 'live';
  if (arriving === 'back') away.events += event.type !== 'gap';
  // Over a slow line they come slowly; but a busy hub is never silent.
  if (arriving !== 'live' && heard - since < 3000) settle();
  // An event that was missed came after the vitals before it, and after the end of the stream.
  const after = Math.max(samples.at(-1)?.at ?? 0, away?.band.from ?? 0);
  const then = at ?? ((arriving !== 'live' && after) || serverNow());
  const bin = ticks.at(-1);
  const back = arriving === 'back';
  if (bin && Math.abs(then - bin.at) < 400 && bin.back === back) bin.events += 1;
  else push(ticks, { at: then, events: 1, back });
  redraw();
  return then;
}

function vitals(event) {
  const sample = read(event.data);
  if (!sample) return arrived(event); // Somebody's own event of this type.
  const before = samples.at(-1);
  if (!before) date(sample.at);
  else if (sample.n === expected && sample.at <= before.at) setBack(before.at + 1000 - sample.at);
  take(event, sample.at);
  if (expected !== undefined && sample.n > expected) lost += sample.n - expected;
  if (sample.n < expected) doubled += 1;
  else keep(sample);
  if (away && arriving === 'live') returned();
}

/** What came before the first vitals is older than these, if only a little. */
function date(at) {
  for (const tick of ticks) tick.at = at - 500;
  for (const item of arrivals) {
    item.at = at;
    if (item.node) write(item.node.querySelector('time'), clock(at));
  }
}

function keep(sample) {
  const before = samples.at(-1);
  sample.joined = sample.n === expected;
  if (sample.joined) sample.rate = (sample.hub.published - before.hub.published) / ((sample.at - before.at) / 1000);
  sample.back = arriving === 'back';
  sample.skew = performance.now() - sample.at;
  expected = sample.n + 1;
  reconnectionTime = Math.min(Math.max(sample.reconnectionTime, 100), 60_000);
  push(samples, sample);
  while (samples[0].at < sample.at - (SPAN + 5) * 1000) samples.shift();
  if (arriving === 'live') beat();
}

/** The server's clock was set back. What was before goes with it, or it would stand in the future until the clock is there again. */
function setBack(milliseconds) {
  for (const sample of samples) [sample.at, sample.skew] = [sample.at - milliseconds, sample.skew + milliseconds];
  for (const tick of ticks) tick.at -= milliseconds;
  for (const band of bands) [band.from, band.to] = [band.from - milliseconds, band.to - milliseconds];
}

/** The vitals in data, or nothing if it is something else. What is not known is null. */
function read(data) {
  const value = parsed(data);
  if (!Number.isSafeInteger(value?.n) || !Number.isFinite(value.at)) return undefined;
  const { cpu, cores, memory, load, hub, reconnectionTime, uptime } = value;
  const rest = [cpu, cores, memory?.used, memory?.total, load?.[0], load?.[1], load?.[2], reconnectionTime, uptime];
  rest.push(hub?.subscribers, hub?.openStreams, hub?.events, hub?.bytes, hub?.published);
  return rest.every((number) => number === null || typeof number === 'number') ? value : undefined;
}

function parsed(data) {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}

/** Nobody draws while the page is hidden: what is kept for that has a bound here. */
function push(list, item) {
  list.push(item);
  if (list.length > 1000) list.shift();
}

const GAPS = {
  'unknown-id': () => 'The server was started anew: earlier events are gone.',
  'evicted': (upTo) => `Events up to ${upTo} may be missing: they are not kept any more.`,
  'future-id': (upTo) => `Events up to ${upTo} may be missing: this server never gave the ID that this page came back with.`,
  'fell-behind': (upTo) => `Events up to ${upTo} may be missing: this page read more slowly than events are kept.`,
};

function gap(event) {
  const { reason, upTo } = parsed(event.data) ?? {};
  if (!Object.hasOwn(GAPS, reason) || typeof upTo !== 'string') return arrived(event);
  const at = take(event);
  const text = GAPS[reason](upTo.slice(0, 64));
  if (away) [away.gap, away.band.gap] = [text, true];
  else {
    push(bands, { from: at - 500, to: at, gap: true });
    notice(text, true);
  }
  list({ event, at, tag: 'gap', text });
}

/** The stream may be dead without an end, for example after sleep. */
function watch() {
  if (state === 'open' && samples.length && performance.now() - heard > SILENCE) {
    source.close();
    broken(heard);
  }
  if (away?.until && performance.now() - away.until > 3000) returned();
  if (state !== 'open' || performance.now() - heard > 3000) redraw();
}

// Back in a page that the browser has kept: the stream it had may be dead without a sign.
addEventListener('pageshow', ({ persisted }) => {
  if (!persisted || state !== 'open') return;
  source.close();
  broken(heard);
});

find('cut').addEventListener('click', async () => {
  if (state !== 'open') return;
  const asked = (cutAsked = performance.now());
  try {
    const response = await fetch(`/cut?client=${CLIENT}`, { method: 'POST', signal: AbortSignal.timeout(10_000) });
    await sleep(3000);
    if (cutAsked === asked) notice(`Not cut: the stream goes on (${response.status}).`, true);
  } catch (error) {
    notice(`Not cut: ${unanswered(error)}`, true);
  }
  if (cutAsked === asked) cutAsked = undefined;
});

// ---- Charts ------------------------------------------------------------------------------------------------------------

/** The vitals of the last two minutes. */
const samples = [];
/** All events of the last two minutes, those of the same moment together. */
const ticks = [];
/** When there was no connection, by the server's clock. */
const bands = [];
/** How many seconds ago the pointer is. */
let cursor;

/** Each has a name, its value and the top of its scale, and how the value is written: large, and small beside it. */
const CHARTS = [
  {
    of: 'machine', name: 'CPU', value: (s) => s.cpu, top: () => 100, scale: () => '100 %',
    text: (s) => [`${fixed(s.cpu, 0)} %`, `of ${count(s.cores, 'core')}`],
  },
  {
    of: 'machine', name: 'Memory', value: (s) => s.memory.used, top: (s) => s.memory.total, scale: bytes,
    text: (s) => [bytes(s.memory.used), `of ${bytes(s.memory.total)}`],
  },
  {
    of: 'machine', name: 'Load', value: (s) => s.load[0], top: (s, most) => Math.max(s.cores, round(most)), scale: String,
    text: (s) => [fixed(s.load[0], 2), `${fixed(s.load[1], 2)}, ${fixed(s.load[2], 2)} (5, 15 min)`],
  },
  {
    of: 'hub', name: 'Subscribers', value: (s) => s.hub.subscribers, top: (s, most) => round(most), scale: whole,
    text: (s) => [whole(s.hub.subscribers), count(s.hub.openStreams, 'open stream')],
  },
  {
    of: 'hub', name: 'Published', value: (s) => s.rate, top: (s, most) => round(most), scale: (top) => `${whole(top)}/s`,
    text: (s) => [`${fixed(s.rate, s.rate < 9.95 ? 1 : 0)}/s`, `${whole(s.hub.published)} in all`],
  },
  {
    of: 'hub', name: 'Kept', value: (s) => s.hub.events, top: (s, most) => round(most), scale: whole,
    text: (s) => [count(s.hub.events, 'event'), bytes(s.hub.bytes)],
  },
];

for (const chart of CHARTS) {
  const figure = element('figure');
  const caption = element('figcaption');
  const heading = element('b', '', chart.name);
  chart.plot = plot(['away', 'gap', 'area', 'line', 'dots', 'cursor']);
  chart.large = element('strong');
  chart.small = element('span');
  chart.most = element('span');
  chart.most.ariaHidden = 'true';
  heading.append(chart.most);
  caption.append(heading, chart.large, ' ', chart.small);
  figure.append(caption, chart.plot.svg);
  find(chart.of).append(figure);
}
const tape = plot(['away', 'gap', 'live', 'back'], find('tape'));

/** A picture of 120 seconds by 100, stretched to its place. The lines in it are not. */
function plot(classes, svg = create('svg')) {
  svg.setAttribute('viewBox', `0 -4 ${SPAN} 104`);
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('class', 'plot');
  svg.setAttribute('role', 'img');
  const paths = {};
  for (const name of classes) {
    paths[name] = create('path');
    paths[name].setAttribute('class', name);
    svg.append(paths[name]);
  }
  return { svg, paths, set: (name, d) => paths[name].setAttribute('d', d) };
}

function create(name) {
  return document.createElementNS('http://www.w3.org/2000/svg', name);
}

/**
 * What the time is for the server. Of all the vitals, the quickest to come tells best how its clock differs from the one here that
 * nobody sets.
 */
function serverNow() {
  const skew = samples.length ? Math.min(...samples.map((sample) => sample.skew)) : -performance.timeOrigin;
  return performance.now() - skew;
}

let drawing = false;

/** Draws before the next picture, however many events come until then. */
function redraw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    draw();
  });
}

function draw() {
  const now = serverNow();
  const oldest = now - (SPAN + 2) * 1000;
  while (ticks[0]?.at < oldest) ticks.shift();
  while (bands[0]?.to < oldest) bands.shift();
  const x = (at) => (SPAN - (now - at) / 1000).toFixed(2);
  const block = (band) => `M${x(band.from)} -4H${x(band.to ?? now)}V100H${x(band.from)}Z`;
  const away = bands.filter((band) => !band.gap).map(block).join('');
  const gaps = bands.filter((band) => band.gap).map(block).join('');
  const height = (tick) => Math.min(100, 28 + 16 * Math.log2(tick.events)).toFixed(1);
  const stroke = (tick) => `M${x(tick.at)} 100v-${height(tick)}`;
  tape.set('away', away);
  tape.set('gap', gaps);
  tape.set('live', ticks.filter((tick) => !tick.back).map(stroke).join(''));
  tape.set('back', ticks.filter((tick) => tick.back).map(stroke).join(''));

  const latest = samples.at(-1);
  const shown = cursor === undefined ? latest : nearest(now - cursor * 1000);
  for (const chart of CHARTS) {
    chart.plot.set('away', away);
    chart.plot.set('gap', gaps);
    if (latest) drawChart(chart, latest, shown, x);
  }
  const ago = cursor === undefined || !shown ? '' : `${duration(now - shown.at)} ago`;
  for (const node of document.getElementsByClassName('cursor-time')) write(node, ago);

  const elapsed = duration(performance.now() - since);
  const silence = performance.now() - heard;
  // A hub without vitals may have nothing to say.
  find('charts').hidden = !samples.length && state === 'open' && performance.now() - since > 3000;
  say('state-since', state === 'open' && samples.length && silence > 3000 ? `silent for ${duration(silence)}` : `for ${elapsed}`);
  say('received', whole(received));
  for (const [id, value] of [['lost', lost], ['doubled', doubled]]) {
    say(id, samples.length ? whole(value) : '–');
    find(id).className = value ? 'bad' : 'good';
  }
  say('last-id', lastEventId || 'none yet');
  if (latest) say('reconnection-time', `${whole(reconnectionTime)} ms`);
  if (latest) say('uptime', `The server has been up for ${duration(latest.uptime * 1000)}.`);
  showArrivals();
}

function drawChart(chart, latest, shown, x) {
  const values = samples.map(chart.value);
  const finite = values.filter(Number.isFinite);
  const top = chart.top(latest, Math.max(0, ...finite));
  if (!(top > 0)) return;
  const y = (value) => (100 - (100 * Math.min(value, top)) / top).toFixed(2);
  let [line, area, dots, start] = ['', '', '', undefined];
  samples.forEach((sample, index) => {
    if (!Number.isFinite(values[index])) return;
    const point = `${x(sample.at)} ${y(values[index])}`;
    if (start === undefined || !sample.joined) {
      if (start !== undefined) area += `V100H${start}Z`;
      start = x(sample.at);
      line += `M${point}h0`;
      area += `M${start} 100L${point}`;
    } else {
      line += `L${point}`;
      area += `L${point}`;
    }
    if (sample.back) dots += `M${point}h0`;
    if (index === values.length - 1) area += `V100H${start}Z`;
  });
  chart.plot.set('line', line);
  chart.plot.set('area', area);
  chart.plot.set('dots', dots);
  chart.plot.set('cursor', cursor === undefined || !shown ? '' : `M${x(shown.at)} -4V100`);
  const [large, small] = chart.text(shown ?? latest);
  write(chart.large, large);
  write(chart.small, small);
  write(chart.most, chart.scale(top));
  const [low, high] = [Math.min(...finite), Math.max(...finite)].map((value) => fixed((100 * value) / top, 0));
  chart.plot.svg.setAttribute('aria-label', `${chart.name}, two minutes: ${low} to ${high} % of ${chart.scale(top)}`);
}

function nearest(at) {
  return samples.reduce((best, sample) => (Math.abs(sample.at - at) < Math.abs(best.at - at) ? sample : best), samples[0]);
}

for (const kind of ['pointermove', 'pointerdown', 'pointerleave', 'pointercancel']) {
  find('charts').addEventListener(kind, (event) => {
    const svg = event.target.closest('figure')?.querySelector('svg');
    const box = svg?.getBoundingClientRect();
    const away = !box || kind === 'pointerleave' || kind === 'pointercancel';
    cursor = away ? undefined : SPAN * Math.min(1, Math.max(0, 1 - (event.clientX - box.left) / box.width));
    redraw();
  });
}

find('charts').addEventListener('keydown', ({ key }) => {
  const step = { ArrowLeft: 1, ArrowRight: -1 }[key];
  if (step) cursor = Math.min(SPAN, Math.max(0, Math.round(cursor ?? 0) + step));
  if (key === 'Escape') cursor = undefined;
  redraw();
});
find('charts').addEventListener('blur', () => (cursor = undefined));

/** The dot of the state beats with the vitals. */
function beat() {
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
  find('dot').animate([{ opacity: 0.25 }, { opacity: 1 }], { duration: 700, easing: 'ease-out' });
}

// ---- What arrives ------------------------------------------------------------------------------------------------------

/** The newest events, the newest last; those of them that are not in the page yet have no node. */
const arrivals = [];
/** How many characters of data they have. */
let kept = 0;
/** When events were published from here that have not arrived yet, by ID. */
const mine = new Map();

function arrived(event) {
  if (!(event instanceof MessageEvent)) return;
  const item = { event, at: take(event), moment: heard, tag: arriving === 'live' ? '' : arriving };
  const began = mine.get(event.lastEventId);
  mine.delete(event.lastEventId);
  list(item);
  if (began !== undefined) own(item, began);
}

function list(item) {
  arrivals.push(item);
  kept += item.event.data.length;
  while (arrivals.length > MOST_EVENTS || (kept > MOST_KEPT && arrivals.length > 1)) {
    const oldest = arrivals.shift();
    oldest.node?.remove();
    kept -= oldest.event.data.length;
  }
  redraw();
}

/** An event has come that was published from here. */
function own(item, began) {
  item.latency = item.moment - began;
  say('published', `Published as ${item.event.lastEventId}. It was here after ${duration(item.latency)}.`);
  if (item.node) note(item);
}

function showArrivals() {
  find('nothing').hidden = arrivals.length > 0;
  for (const item of arrivals) {
    if (item.node) continue;
    item.node = element('li');
    item.note = element('span');
    const line = element('p');
    line.append(element('b', '', item.event.type.slice(0, CLIP)), element('code', '', item.event.lastEventId));
    line.append(element('time', '', clock(item.at)), item.note);
    item.node.append(line, ...content(item.text ?? item.event.data));
    note(item);
    find('arrived').prepend(item.node);
  }
}

/** Writes where an event comes from. */
function note(item) {
  const tags = { earlier: 'before this page', back: 'came on return', gap: 'of the hub' };
  const yours = item.latency === undefined ? undefined : `yours, after ${duration(item.latency)}`;
  item.note.textContent = [yours, tags[item.tag]].filter(Boolean).join(', ');
  item.node.className = item.tag || (yours ? 'mine' : '');
}

/** Data as elements; with a way to see all of it if it is long. */
function content(data) {
  const start = data.split('\n', 4).slice(0, 3).join('\n').slice(0, CLIP);
  if (start === data) return [element('pre', '', data)];
  const details = element('details');
  const all = element('pre');
  all.tabIndex = 0;
  details.append(element('summary', '', `all ${count(data.length, 'character')}`), all);
  details.addEventListener('toggle', () => {
    const rest = data.length - MOST_CHARACTERS;
    all.textContent = !details.open ? '' : rest <= 0 ? data : `${data.slice(0, MOST_CHARACTERS)}… and ${whole(rest)} more`;
  });
  return [element('pre', 'clip', `${start}…`), details];
}

// ---- Publishing --------------------------------------------------------------------------------------------------------

const form = find('publish');

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const type = form.type.value.trim();
  listen(type || 'message');
  const topic = `demo/${form.topic.value.trim().replace(/^demo\//, '')}`;
  // With an ID for the publication, doing it again is harmless.
  const body = new URLSearchParams({ topic, type, data: form.data.value, id: random() });
  if (form.key.value) remember(form.key.value);
  const began = performance.now();
  try {
    const response = await post(body);
    if (!response.ok) return refused(response);
    const item = arrivals.find((item) => item.event.lastEventId === response.text);
    if (item) return own(item, began);
    if (mine.size >= MOST_EVENTS) mine.clear();
    mine.set(response.text, began);
    say('published', `Published as ${response.text}. It has yet to come here.`);
  } catch (error) {
    say('published', `Not published: ${unanswered(error)}`);
  }
});

/** Posts, once more if the network fails, and reads the answer. */
async function post(body, again = true) {
  const key = form.key.value;
  // A header is made of bytes: those of the key in UTF-8.
  const headers = key ? { authorization: `Bearer ${String.fromCharCode(...new TextEncoder().encode(key))}` } : {};
  try {
    const response = await fetch(HUB, { method: 'POST', body, headers, signal: AbortSignal.timeout(10_000) });
    return { ok: response.ok, status: response.status, text: (await response.text()).trim() };
  } catch (error) {
    if (!again) throw error;
    await sleep(reconnectionTime);
    return post(body, false);
  }
}

/** Every tab of this page has a connection, and over HTTP/1.1 a browser makes no more than six to a server. */
function unanswered({ name }) {
  return `the server does not answer.${name === 'TimeoutError' ? ' Are more tabs of this page open? Close some.' : ''}`;
}

function refused({ status, text }) {
  say('published', `Not published (${status}): ${text.slice(0, CLIP)}`);
  if (status !== 401 && status !== 403) return;
  find('key-row').hidden = false;
  commands();
  form.key.focus();
}

/** The key lives as long as the tab. A browser may refuse to store anything. */
function remember(key) {
  try {
    if (key) sessionStorage.setItem('key', key);
    return sessionStorage.getItem('key') ?? '';
  } catch {
    return '';
  }
}

form.type.addEventListener('change', () => form.type.value.trim() && listen(form.type.value.trim()));
form.data.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});

// ---- From a terminal ---------------------------------------------------------------------------------------------------

/** In double quotes, which all shells understand. */
function commands() {
  const hub = location.origin + HUB;
  const key = find('key-row').hidden ? '' : '-H "Authorization: Bearer $KEY" ';
  say('subscribe-command', `curl -N "${hub}?match=demo/*"`);
  say('publish-command', `curl ${key}-d topic=demo/hello -d data=Hello "${hub}"`);
}

for (const button of document.querySelectorAll('[data-copy]')) {
  button.addEventListener('click', async () => {
    const command = find(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(command.textContent);
      write(button, 'Copied');
    } catch {
      // There is no clipboard over plain HTTP from another machine, or the browser refuses it.
      getSelection().selectAllChildren(command);
      write(button, 'Selected');
    }
    await sleep(2000);
    write(button, 'Copy');
  });
}

// ---- Words and numbers -------------------------------------------------------------------------------------------------

/** Says what has happened; the newest two are kept. */
function notice(text, bad) {
  const item = element('li', bad ? 'bad' : 'told', text);
  item.prepend(element('time', '', clock(serverNow())), ' ');
  const notices = find('notices');
  for (const old of [...notices.children].slice(1)) old.remove();
  notices.querySelector('li:not([class])')?.remove();
  notices.prepend(item);
}

function element(name, className, text) {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function say(id, text) {
  write(find(id), text);
}

function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** 96 random bits. (`randomUUID` is there in secure contexts only: not over plain HTTP from another machine.) */
function random() {
  return Array.from(crypto.getRandomValues(new Uint32Array(3)), (word) => word.toString(36)).join('');
}

function fixed(value, digits) {
  return Number.isFinite(value) ? value.toFixed(digits) : '–';
}

function whole(value) {
  return Number.isFinite(value) ? value.toLocaleString('en') : '–';
}

function count(value, noun) {
  return `${whole(value)} ${noun}${value === 1 ? '' : 's'}`;
}

function bytes(value) {
  if (!(value >= 1000)) return Number.isFinite(value) ? `${value} B` : '–';
  const power = Math.min(4, Math.floor(Math.log10(value) / 3));
  const scaled = value / 1000 ** power;
  return `${fixed(scaled, scaled < 10 ? 2 : scaled < 100 ? 1 : 0)} ${['', 'kB', 'MB', 'GB', 'TB'][power]}`;
}

function duration(milliseconds) {
  const seconds = milliseconds / 1000;
  if (seconds < 1) return `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h`;
}

/** The top of a scale up to a value: of 2, 5, 10, 20, … the first that leaves some room. */
function round(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [2, 5, 10, 20].find((factor) => factor * power >= 1.2 * value) * power;
}

function clock(at) {
  return new Date(at).toLocaleTimeString('en-GB');
}

// ---- Start -------------------------------------------------------------------------------------------------------------

form.key.value = remember('');
find('key-row').hidden = !form.key.value;
commands();
listen('message');
listen('note');
connect();
setInterval(watch, 250);
