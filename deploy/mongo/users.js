// Runs when `mongo` starts without data: makes the user that the services' URL names.
const url = require("fs").readFileSync("/run/secrets/ticketstream_mongo", "utf8");
const named = url.match(/^mongodb:\/\/([^:@/]+):([^:@/]+)@/);
if (!named) throw new Error("the secret ticketstream_mongo is not a URL mongodb://USER:PASSWORD@HOST");
const [user, pwd] = named.slice(1).map(decodeURIComponent);
db.getSiblingDB("admin").createUser({ user, pwd, roles: [{ role: "readWrite", db: "ticketstream" }] });
