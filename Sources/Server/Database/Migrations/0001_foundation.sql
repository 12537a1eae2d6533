-- What machines, departments and users are, and what happened to them.
--
-- Tables and columns in quoted camelCase belong to the relational model that other programs know; their ids are lower-case
-- UUIDs made by the application. Tables in snake_case are Bay's own. All times are UTC.

CREATE TYPE "UserRole" AS ENUM ('USER', 'ADMIN', 'SUPER_ADMIN');
CREATE TYPE "RuleSetType" AS ENUM ('DEPARTMENT', 'VM');

CREATE TABLE "FirewallRuleSet" (
    "id" text NOT NULL,
    "name" text NOT NULL,
    "internalName" text NOT NULL,
    "entityType" "RuleSetType" NOT NULL,
    "entityId" text NOT NULL,
    "priority" integer NOT NULL DEFAULT 500,
    "isActive" boolean NOT NULL DEFAULT true,
    "libvirtUuid" text,
    "xmlContent" text,
    "lastSyncedAt" timestamp(3),
    "createdAt" timestamp(3) NOT NULL DEFAULT timezone('UTC', now()),
    "updatedAt" timestamp(3) NOT NULL DEFAULT timezone('UTC', now()),
    CONSTRAINT "FirewallRuleSet_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "FirewallRuleSet_internalName_key" UNIQUE ("internalName"),
    CONSTRAINT "FirewallRuleSet_libvirtUuid_key" UNIQUE ("libvirtUuid"),
    CONSTRAINT "FirewallRuleSet_entityType_entityId_key" UNIQUE ("entityType", "entityId")
);
CREATE INDEX "FirewallRuleSet_isActive_idx" ON "FirewallRuleSet" ("isActive");

CREATE TABLE "Department" (
    "id" text NOT NULL,
    "name" text NOT NULL,
    "createdAt" timestamp(3) NOT NULL DEFAULT timezone('UTC', now()),
    "internetSpeed" integer,
    "ipSubnet" text,
    "updatedAt" timestamp(3) NOT NULL DEFAULT timezone('UTC', now()),
    "firewallRuleSetId" text,
    CONSTRAINT "Department_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "Department_firewallRuleSetId_key" UNIQUE ("firewallRuleSetId"),
    CONSTRAINT "Department_firewallRuleSetId_fkey" FOREIGN KEY ("firewallRuleSetId")
        REFERENCES "FirewallRuleSet" ("id") ON DELETE SET NULL ON UPDATE CASCADE
);

CREATE TABLE "User" (
    "id" text NOT NULL,
    "email" text NOT NULL,
    "password" text NOT NULL,
    "deleted" boolean NOT NULL,
    "token" text NOT NULL DEFAULT 'null',
    "firstName" text NOT NULL,
    "lastName" text NOT NULL,
    "createdAt" timestamp(3) NOT NULL DEFAULT timezone('UTC', now()),
    "role" "UserRole" NOT NULL DEFAULT 'USER',
    "updatedAt" timestamp(3) NOT NULL DEFAULT timezone('UTC', now()),
    CONSTRAINT "User_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "User_email_key" UNIQUE ("email")
);

CREATE TABLE "MachineTemplateCategory" (
    "id" text NOT NULL,
    "name" text NOT NULL,
    "description" text,
    "createdAt" timestamp(3) NOT NULL DEFAULT timezone('UTC', now()),
    "updatedAt" timestamp(3) NOT NULL DEFAULT timezone('UTC', now()),
    CONSTRAINT "MachineTemplateCategory_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "MachineTemplate" (
    "id" text NOT NULL,
    "name" text NOT NULL,
    "description" text,
    "cores" integer NOT NULL,
    "ram" integer NOT NULL,
    "storage" integer NOT NULL,
    "createdAt" timestamp(3) NOT NULL DEFAULT timezone('UTC', now()),
    "categoryId" text,
    "updatedAt" timestamp(3) NOT NULL DEFAULT timezone('UTC', now()),
    CONSTRAINT "MachineTemplate_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "MachineTemplate_categoryId_fkey" FOREIGN KEY ("categoryId")
        REFERENCES "MachineTemplateCategory" ("id") ON DELETE SET NULL ON UPDATE CASCADE
);

CREATE TABLE "Machine" (
    "id" text NOT NULL,
    "name" text NOT NULL,
    -- The name of the libvirt domain.
    "internalName" text NOT NULL,
    "status" text NOT NULL,
    "userId" text,
    "templateId" text,
    "os" text NOT NULL,
    "cpuCores" integer NOT NULL DEFAULT 0,
    "ramGB" integer NOT NULL DEFAULT 0,
    "diskSizeGB" integer NOT NULL DEFAULT 0,
    "gpuPciAddress" text,
    "createdAt" timestamp(3) NOT NULL DEFAULT timezone('UTC', now()),
    "updatedAt" timestamp(3) NOT NULL DEFAULT timezone('UTC', now()),
    "departmentId" text,
    "localIP" text,
    "publicIP" text,
    "firewallRuleSetId" text,
    CONSTRAINT "Machine_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "Machine_firewallRuleSetId_key" UNIQUE ("firewallRuleSetId"),
    CONSTRAINT "Machine_departmentId_fkey" FOREIGN KEY ("departmentId")
        REFERENCES "Department" ("id") ON DELETE SET NULL ON UPDATE CASCADE,
    CONSTRAINT "Machine_firewallRuleSetId_fkey" FOREIGN KEY ("firewallRuleSetId")
        REFERENCES "FirewallRuleSet" ("id") ON DELETE SET NULL ON UPDATE CASCADE,
    CONSTRAINT "Machine_templateId_fkey" FOREIGN KEY ("templateId")
        REFERENCES "MachineTemplate" ("id") ON DELETE SET NULL ON UPDATE CASCADE,
    CONSTRAINT "Machine_userId_fkey" FOREIGN KEY ("userId")
        REFERENCES "User" ("id") ON DELETE SET NULL ON UPDATE CASCADE
);

CREATE TABLE "MachineConfiguration" (
    "id" text NOT NULL,
    "xml" jsonb,
    "graphicProtocol" text,
    "graphicPort" integer,
    "graphicPassword" text,
    "graphicHost" text,
    "assignedGpuBus" text,
    "machineId" text NOT NULL,
    "createdAt" timestamp(3) NOT NULL DEFAULT timezone('UTC', now()),
    "updatedAt" timestamp(3) NOT NULL DEFAULT timezone('UTC', now()),
    CONSTRAINT "MachineConfiguration_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "MachineConfiguration_machineId_key" UNIQUE ("machineId"),
    CONSTRAINT "MachineConfiguration_machineId_fkey" FOREIGN KEY ("machineId")
        REFERENCES "Machine" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- "updatedAt" is now, again on every write.
CREATE FUNCTION touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW."updatedAt" := timezone('UTC', now());
    RETURN NEW;
END
$$;

CREATE TRIGGER touch BEFORE UPDATE ON "FirewallRuleSet" FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER touch BEFORE UPDATE ON "Department" FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER touch BEFORE UPDATE ON "User" FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER touch BEFORE UPDATE ON "MachineTemplateCategory" FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER touch BEFORE UPDATE ON "MachineTemplate" FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER touch BEFORE UPDATE ON "Machine" FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER touch BEFORE UPDATE ON "MachineConfiguration" FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- Which libvirt domain an adopted machine is. A machine that Bay made is found by its "internalName".
CREATE TABLE machine_domain (
    machine_id text PRIMARY KEY REFERENCES "Machine" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    domain_uuid text NOT NULL UNIQUE
);

-- The outbox: a change and its event are committed together. The ids grow in the order of commit, so that a reader who has
-- seen one has seen all before it: see append_events.
CREATE TABLE event (
    id bigint PRIMARY KEY,
    at timestamp(3) NOT NULL,
    resource text NOT NULL,
    action text NOT NULL,
    resource_id text NOT NULL,
    resource_name text NOT NULL,
    actor text NOT NULL,
    message text NOT NULL,
    data jsonb NOT NULL
);
CREATE INDEX event_resource ON event (resource, resource_id, id);
CREATE SEQUENCE event_id OWNED BY event.id;

-- Writes events as the last act of a transaction.
--
-- A sequence alone hands out ids in the order in which transactions ask, not in which they commit: a reader could see 8
-- while 7 is still to come, and would never look back for it. So ids are drawn under a lock which a transaction keeps until
-- it is committed: PostgreSQL makes the changes visible first and releases the locks then. Transactions that write events
-- thus commit one after the other, which is why this comes last and in the same packet as the COMMIT.
CREATE FUNCTION append_events(
    resources text[], actions text[], resource_ids text[], resource_names text[], actors text[], messages text[],
    datas text[]
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    last_id bigint;
BEGIN
    -- "bayevent" in ASCII.
    PERFORM pg_advisory_xact_lock(7089080765142888052);
    INSERT INTO event (id, at, resource, action, resource_id, resource_name, actor, message, data)
    SELECT nextval('event_id'), timezone('UTC', clock_timestamp()), e.resource, e.action, e.resource_id,
           e.resource_name, e.actor, e.message, e.data::jsonb
      FROM unnest(resources, actions, resource_ids, resource_names, actors, messages, datas) WITH ORDINALITY
           AS e (resource, action, resource_id, resource_name, actor, message, data, place)
     ORDER BY e.place;
    last_id := currval('event_id');
    PERFORM pg_notify('bay_event', last_id::text);
    RETURN last_id;
END
$$;

-- What machines used, one row a minute. A partition is a day, so that old days go without touching a row.
CREATE TABLE machine_metric (
    machine_id text NOT NULL,
    at timestamp(3) NOT NULL,
    cpu_percent real,
    vcpu_wait_percent real,
    memory_used_mib real,
    memory_total_mib real,
    balloon_mib real,
    -- Bytes a second.
    disk_read_bytes real,
    disk_write_bytes real,
    network_received_bytes real,
    network_sent_bytes real,
    PRIMARY KEY (machine_id, at)
) PARTITION BY RANGE (at);

-- Makes the partitions of the days from first_day to last_day that are missing, and drops those of days before oldest_day.
-- Returns how many it made and dropped. One caller at a time.
CREATE FUNCTION maintain_machine_metric(first_day date, last_day date, oldest_day date, OUT made integer, OUT dropped integer)
LANGUAGE plpgsql AS $$
DECLARE
    day date;
    part text;
BEGIN
    -- "baymetri" in ASCII.
    PERFORM pg_advisory_xact_lock(7089080799218397801);
    made := 0;
    dropped := 0;
    FOR day IN SELECT generate_series(first_day, last_day, interval '1 day')::date LOOP
        part := 'machine_metric_' || to_char(day, 'YYYYMMDD');
        IF to_regclass(part) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF machine_metric FOR VALUES FROM (%L) TO (%L)', part, day, day + 1);
            made := made + 1;
        END IF;
    END LOOP;
    FOR part IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
         WHERE i.inhparent = 'machine_metric'::regclass
           AND c.relname < 'machine_metric_' || to_char(oldest_day, 'YYYYMMDD')
    LOOP
        EXECUTE format('DROP TABLE %I', part);
        dropped := dropped + 1;
    END LOOP;
END
$$;
