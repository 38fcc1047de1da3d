// A feed with better-sse, which sends data as JSON. `node better-sse.cjs PORT`, with the folder of better-sse in NODE_PATH.
const { createServer } = require("node:http");
const { createSession } = require("better-sse");

const server = createServer(async (request, response) => {
  const session = await createSession(request, response, { retry: 100 });
  let number = Number(session.lastId || 0);
  const timer = setInterval(() => {
    number += 1;
    session.push(`${number}\nzwölf`, "message", String(number));
  }, 2);
  session.on("disconnected", () => clearInterval(timer));
});
server.listen(Number(process.argv[2]), "127.0.0.1");
