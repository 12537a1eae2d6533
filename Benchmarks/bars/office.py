"""A made-up office of machines: the same rows for Bay, for its peers, and for the answers that both have to give."""

import json
import uuid

QUERIES = {
    "typename": ("{ __typename }", {}),
    "machines": (
        "query machines($orderBy: MachineOrderBy, $pagination: PaginationInputType) {"
        " machines(orderBy: $orderBy, pagination: $pagination) { %s } }",
        {"orderBy": {"fieldName": "CREATED_AT", "direction": "DESC"}, "pagination": {"take": 100, "skip": 0}}),
    "machine": ("query machine($id: String!) { machine(id: $id) { %s } }", {}),
}
FIELDS = "id name internalName status os cpuCores ramGB diskSizeGB localIP createdAt userId templateId"


def key(kind, number):
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"bay-bench:{kind}:{number}"))


def moment(number):
    return "2026-%02d-%02dT%02d:%02d:%02d.%03dZ" % (
        1 + number % 9, 1 + number % 28, number % 24, number * 7 % 60, number * 13 % 60, number)


class Office:
    """`count` machines in five departments, of ten people, from four templates."""

    def __init__(self, count=100):
        names = ["Accounting", "Engineering", "Reception", "Research", "Training"]
        self.departments = [
            dict(id=key("department", n), name=name, createdAt=moment(n)) for n, name in enumerate(names)]
        self.users = [
            dict(id=key("user", n), email=f"person{n}@example.org", password="-", deleted=False,
                 firstName=f"Person{n}", lastName="Example", createdAt=moment(n)) for n in range(10)]
        self.templates = [
            dict(id=key("template", n), name=name, cores=2 << n, ram=4 << n, storage=40 << n, createdAt=moment(n))
            for n, name in enumerate(["Light", "Office", "Design", "Compute"])]
        self.machines = [self.machine(n) for n in range(count)]

    def machine(self, n):
        runs = n % 3 != 0
        return dict(
            id=key("machine", n), name=f"seat-{n:05d}", internalName="VM-" + key("domain", n)[:8],
            status="running" if runs else "off", os=["ubuntu", "fedora", "windows10", "windows11"][n % 4],
            cpuCores=2 + n % 4 * 2, ramGB=4 + n % 5 * 4, diskSizeGB=40 + n % 6 * 20,
            localIP=f"10.{20 + n % 5}.{n // 250}.{2 + n % 250}" if runs else None, publicIP=None, gpuPciAddress=None,
            createdAt=moment(100 + n),
            userId=self.users[n % 10]["id"], templateId=self.templates[n % 4]["id"],
            departmentId=self.departments[n % 5]["id"])

    def json(self):
        return json.dumps(
            dict(
                departments=self.departments, machines=self.machines, templates=self.templates,
                users=[{name: user[name] for name in ("id", "firstName", "lastName", "email")} for user in self.users]))

    def sql(self):
        """Statements that put the rows into Bay's tables."""
        return "\n".join(
            self.insert(table, rows) for table, rows in (
                ("Department", self.departments), ("User", self.users), ("MachineTemplate", self.templates),
                ("Machine", self.machines))) + "\nANALYZE;"

    @staticmethod
    def insert(table, rows):
        columns = ", ".join(f'"{name}"' for name in rows[0])
        lines = ",\n".join("(" + ", ".join(map(Office.literal, row.values())) + ")" for row in rows)
        return f'INSERT INTO "{table}" ({columns}) VALUES\n{lines};'

    @staticmethod
    def literal(value):
        if value is None:
            return "NULL"
        if isinstance(value, bool):
            return str(value)
        return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"

    def request(self, name):
        """The body of a request."""
        query, variables = QUERIES[name]
        if name == "machine":
            variables = {"id": self.machines[7]["id"]}
        if "%s" in query:
            query = query % (FIELDS + " department { id name }")
        return json.dumps(dict(query=query, variables=variables)).encode()

    def answer(self, name):
        """What every server has to answer."""
        if name == "typename":
            return {"data": {"__typename": "Query"}}
        if name == "machine":
            return {"data": {"machine": self.shown(self.machines[7])}}
        rows = sorted(self.machines, key=lambda row: row["createdAt"], reverse=True)
        return {"data": {"machines": [self.shown(row) for row in rows]}}

    def shown(self, row):
        department = next(one for one in self.departments if one["id"] == row["departmentId"])
        return {name: row[name] for name in FIELDS.split()} | {
            "department": {"id": department["id"], "name": department["name"]}}
