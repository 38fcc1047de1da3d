// A chat room: one EventSource, and what comes through it. What others write gets into the page as text only.

/** How many messages the page shows. */
const MOST_SHOWN = 500;

const find = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);
const room = query.get('room')?.trim();
const name = query.get('name')?.trim();
/** The moderator's, from the URL: what is behind # is sent nowhere. */
const key = new URLSearchParams(location.hash.slice(1)).get('key');
const path = `/rooms/${encodeURIComponent(room)}`;

if (room && name) enter();
else find('join').hidden = false;

find('join').addEventListener('submit', () => {
  find('join').action = `/${location.hash}`;
});

function enter() {
  document.title = `${room} · Tidings`;
  find('room').textContent = room;
  find('chat').hidden = false;
  const events = new EventSource(`${path}?${new URLSearchParams({ name })}`);
  events.addEventListener('said', (event) => said(JSON.parse(event.data)));
  events.addEventListener('banned', (event) => notice(`${JSON.parse(event.data).name} was banned.`));
  events.addEventListener('present', (event) => { find('present').textContent = `${event.data} here`; });
  events.addEventListener('gap', (event) => {
    const { reason } = JSON.parse(event.data);
    const anew = reason === 'unknown-id' || reason === 'future-id';
    notice(anew ? 'The server was started anew: what was said before is gone.' : 'Some messages are missing here.');
  });
  events.onopen = () => state('open', '');
  events.onerror = () => {
    // The browser comes back by itself, but not after an HTTP error: 403 for those who are banned.
    if (events.readyState !== EventSource.CLOSED) return state('reconnecting', 'reconnecting');
    state('closed', 'not let in');
    const again = notice('The server does not let you in. ').appendChild(element('button', 'Try again'));
    again.onclick = () => location.reload();
  };
}

function state(value, text) {
  find('state').dataset.state = value;
  find('state').textContent = text;
}

function said(message) {
  const who = element('div', '', 'who');
  who.append(element('b', message.name), element('time', new Date(message.at).toLocaleTimeString([], { timeStyle: 'short' })));
  if (key && message.name !== name) {
    who.append(element('button', 'Ban'));
    who.lastChild.onclick = () => ban(message.name);
  }
  add(message.name === name ? 'mine' : '', who, element('p', message.text));
}

function notice(text) {
  return add('notice', text);
}

/** Adds to the list, and follows it unless somebody reads further up. */
function add(className, ...content) {
  const list = find('messages');
  const follow = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  const item = element('li', '', className);
  item.append(...content);
  list.append(item);
  while (list.children.length > MOST_SHOWN) list.firstChild.remove();
  if (follow) list.scrollTop = list.scrollHeight;
  return item;
}

function element(tag, text, className) {
  const node = document.createElement(tag);
  node.textContent = text;
  if (className) node.className = className;
  return node;
}

find('say').addEventListener('submit', async (event) => {
  event.preventDefault();
  const input = event.target.text;
  const text = input.value;
  // With a key, sending it again is harmless. (`randomUUID` is there in secure contexts only.)
  const random = crypto.getRandomValues(new Uint32Array(3)).join('-');
  input.value = '';
  const refused = await post(path, { name, text, key: random }).catch(() => post(path, { name, text, key: random }))
    .catch(() => 'no answer');
  if (!refused) return;
  notice(`Not sent: ${refused}`);
  input.value ||= text;
});

async function ban(name) {
  const refused = await post(`${path}/ban`, { name }, { authorization: `Bearer ${key}` }).catch(() => 'no answer');
  if (refused) notice(`Not banned: ${refused}`);
}

/** Posts a form. Gives what the server says against it, if it does. */
async function post(url, form, headers = {}) {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(form), headers });
  return response.ok ? '' : response.text();
}
