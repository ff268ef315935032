// Runs on the first start of an empty `mongo`: makes the users that the URLs of the secrets name.
const { readFileSync } = require("fs");

function make(secret, roles) {
  const url = readFileSync(`/run/secrets/${secret}`, "utf8");
  const named = url.match(/^mongodb:\/\/([^:@/]+):([^:@/]+)@/);
  if (!named) throw new Error(`the secret ${secret} is no mongodb://USER:PASSWORD@HOST URL`);
  const [user, pwd] = named.slice(1).map(decodeURIComponent);
  db.getSiblingDB("admin").createUser({ user, pwd, roles });
}

make("mongo_administrator", ["root"]);
make("ticketstream_mongo", [{ role: "readWrite", db: "ticketstream" }]);
