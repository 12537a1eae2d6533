// What people build such an API with: graphql-js behind express. Serves the fleet that Benchmarks/bars/office.py makes up.
//
//   node server.js memory FLEET.json PORT    the rows in the memory of the process, parsed once at the start
//   node server.js postgres CONNECTION PORT  the rows read with node-pg for each request
//
// Documents are parsed and validated once and kept, as Apollo Server does; answers are not. It asks nobody for a token.
'use strict';
const fs = require('fs');
const path = require('path');
const express = require('express');
const {buildSchema, execute, parse, validate} = require('graphql');

const [kind, source, port] = process.argv.slice(2);
const schema = buildSchema(fs.readFileSync(path.join(__dirname, 'schema.graphql'), 'utf8'));
schema.getType('DateTimeISO').serialize = (value) => (value instanceof Date ? value.toISOString() : value);

const columns = {CREATED_AT: 'createdAt', ID: 'id', STATUS: 'status', TEMPLATE_ID: 'templateId', USER_ID: 'userId'};

function fromMemory(file) {
  const fleet = JSON.parse(fs.readFileSync(file, 'utf8'));
  const departments = new Map(fleet.departments.map((row) => [row.id, row]));
  const machines = new Map(fleet.machines.map((row) => [row.id, row]));
  const users = new Map(fleet.users.map((row) => [row.id, row]));
  const templates = new Map(fleet.templates.map((row) => [row.id, row]));
  // With all that belongs to it: a resolver does not know what is asked of the machine.
  const whole = (row) =>
    row && {
      ...row, department: departments.get(row.departmentId), user: users.get(row.userId),
      template: templates.get(row.templateId),
    };
  return {
    machine: (id) => whole(machines.get(id)) || null,
    machines(column, sign, skip, take) {
      const rows = [...machines.values()];
      rows.sort((a, b) => sign * (a[column] < b[column] ? -1 : a[column] > b[column] ? 1 : 0));
      return rows.slice(skip, skip + take).map(whole);
    },
  };
}

function fromPostgres(connection) {
  const {Pool, types} = require('pg');
  // Times are stored in UTC and without a zone; node-pg would take them for local ones.
  types.setTypeParser(1114, (text) => new Date(text.replace(' ', 'T') + 'Z'));
  const {host, user, dbname} = Object.fromEntries(connection.split(' ').map((pair) => pair.split('=')));
  const pool = new Pool({host, user, database: dbname, max: 10});
  // Whole rows, as an ORM reads them.
  const fields = `id, name, "internalName", status, os, "cpuCores", "ramGB", "diskSizeGB", "localIP", "publicIP",
    "createdAt", "userId", "templateId", "departmentId", "gpuPciAddress"`;
  const departmentFields = 'id, name, "createdAt", "internetSpeed", "ipSubnet"';
  // Prepared under a name, once on each connection.
  const query = async (name, text, values) => (await pool.query({name, text, values})).rows;
  // One query a table and not one a row, which is what an ORM makes of a relation that is asked for.
  async function whole(rows) {
    const ids = [...new Set(rows.map((row) => row.departmentId).filter(Boolean))];
    const found = await query(
      'departments', `SELECT ${departmentFields} FROM "Department" WHERE id = ANY($1)`, [ids]);
    const departments = new Map(found.map((row) => [row.id, row]));
    for (const row of rows) row.department = departments.get(row.departmentId);
    return rows;
  }
  return {
    machine: async (id) =>
      (await whole(await query('machine', `SELECT ${fields} FROM "Machine" WHERE id = $1`, [id])))[0] || null,
    machines: async (column, sign, skip, take) => {
      const order = `"${column}" ${sign < 0 ? 'DESC' : 'ASC'}`;
      return whole(
        await query(`by ${order}`, `SELECT ${fields} FROM "Machine" ORDER BY ${order} LIMIT $1 OFFSET $2`, [take, skip]));
    },
  };
}

const rows = kind === 'memory' ? fromMemory(source) : fromPostgres(source);
const root = {
  machine: ({id}) => rows.machine(id),
  machines({orderBy, pagination}) {
    const {skip, take} = {skip: 0, take: 20, ...pagination};
    const sign = orderBy && orderBy.direction === 'ASC' ? 1 : -1;
    return rows.machines(columns[orderBy && orderBy.fieldName] || 'createdAt', sign, skip, take);
  },
};

const documents = new Map();
const app = express();
app.disable('x-powered-by');
app.disable('etag'); // a digest of each answer, which nobody asked for
app.use(express.json());
app.post('/graphql', async (request, response) => {
  const {query, variables, operationName} = request.body;
  let document = documents.get(query);
  if (!document) {
    try {
      document = parse(query);
    } catch (error) {
      return response.status(400).json({errors: [error]});
    }
    const errors = validate(schema, document);
    if (errors.length) return response.status(400).json({errors});
    documents.set(query, document);
  }
  response.json(await execute({schema, document, rootValue: root, variableValues: variables, operationName}));
});
app.listen(Number(port), '127.0.0.1');
