-- The rules of the firewall, and how far they have come.

CREATE TYPE "RuleAction" AS ENUM ('ACCEPT', 'DROP', 'REJECT');
CREATE TYPE "RuleDirection" AS ENUM ('IN', 'OUT', 'INOUT');

CREATE TABLE "FirewallRule" (
    "id" text NOT NULL,
    "ruleSetId" text NOT NULL,
    "name" text NOT NULL,
    "description" text,
    "action" "RuleAction" NOT NULL DEFAULT 'ACCEPT',
    "direction" "RuleDirection" NOT NULL DEFAULT 'INOUT',
    "priority" integer NOT NULL DEFAULT 500,
    "protocol" text NOT NULL DEFAULT 'all',
    "srcPortStart" integer,
    "srcPortEnd" integer,
    "dstPortStart" integer,
    "dstPortEnd" integer,
    "srcIpAddr" text,
    "srcIpMask" text,
    "dstIpAddr" text,
    "dstIpMask" text,
    "connectionState" jsonb,
    "overridesDept" boolean NOT NULL DEFAULT false,
    "createdAt" timestamp(3) NOT NULL DEFAULT timezone('UTC', now()),
    "updatedAt" timestamp(3) NOT NULL DEFAULT timezone('UTC', now()),
    CONSTRAINT "FirewallRule_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "FirewallRule_ruleSetId_fkey" FOREIGN KEY ("ruleSetId")
        REFERENCES "FirewallRuleSet" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "FirewallRule_ruleSetId_priority_idx" ON "FirewallRule" ("ruleSetId", "priority");
CREATE TRIGGER touch BEFORE UPDATE ON "FirewallRule" FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- What a department says beside its rules; one without a row has what Bay thinks best.
CREATE TABLE firewall_policy (
    department_id text PRIMARY KEY REFERENCES "Department" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    incoming "RuleAction" NOT NULL,
    outgoing "RuleAction" NOT NULL,
    guards_addresses boolean NOT NULL
);

-- How far the rules of each machine have come. Whoever changes rules counts up what is wanted, in the same transaction: a row
-- in which less is applied is work that waits, whichever bayd does it. Machines for which nobody made rules have no row.
CREATE TABLE firewall_machine (
    machine_id text PRIMARY KEY REFERENCES "Machine" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    wanted bigint NOT NULL DEFAULT 1,
    applied bigint NOT NULL DEFAULT 0,
    -- What was sent to libvirt, and what it made of it.
    sent_digest text,
    held_digest text,
    applied_at timestamp(3),
    -- Why the rules do not reach the machine, or not each of its interfaces.
    problem text,
    failures integer NOT NULL DEFAULT 0,
    retry_at timestamp(3),
    -- In what libvirt differed from what was applied, when it was looked at last.
    drift text,
    drift_at timestamp(3),
    CHECK (applied <= wanted)
);
CREATE INDEX firewall_machine_waiting ON firewall_machine (retry_at) WHERE applied < wanted;

-- Changes that go back by themselves unless somebody confirms them in time: what the rules were before.
CREATE TABLE firewall_trial (
    id text PRIMARY KEY,
    rule_set_id text NOT NULL UNIQUE REFERENCES "FirewallRuleSet" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    before jsonb NOT NULL,
    actor text NOT NULL,
    created_at timestamp(3) NOT NULL DEFAULT timezone('UTC', clock_timestamp()),
    expires_at timestamp(3) NOT NULL
);
