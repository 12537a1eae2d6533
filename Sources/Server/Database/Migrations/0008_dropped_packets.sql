-- How often rules were met, and what they kept out.

-- Since when the host counts for a machine: each time libvirt makes its rules it begins anew.
ALTER TABLE firewall_machine ADD COLUMN made_at timestamp(3);

CREATE TABLE "BlockedConnection" (
    "id" text NOT NULL,
    "machineId" text NOT NULL,
    "port" integer NOT NULL,
    "protocol" text NOT NULL,
    "processName" text,
    "processId" integer,
    "attemptTime" timestamp(3) NOT NULL DEFAULT timezone('UTC', now()),
    "blockReason" text NOT NULL,
    "sourceIp" text,
    "ruleId" text,
    "createdAt" timestamp(3) NOT NULL DEFAULT timezone('UTC', now()),
    "updatedAt" timestamp(3) NOT NULL DEFAULT timezone('UTC', now()),
    -- What Bay knows beside the contract: as the machine sees it, and how often within the minute.
    "direction" "RuleDirection" NOT NULL DEFAULT 'IN',
    "destinationIp" text,
    "attempts" integer NOT NULL DEFAULT 1 CHECK ("attempts" > 0),
    CONSTRAINT "BlockedConnection_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "BlockedConnection_machineId_fkey" FOREIGN KEY ("machineId")
        REFERENCES "Machine" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "BlockedConnection_machineId_attemptTime_idx" ON "BlockedConnection" ("machineId", "attemptTime");
CREATE INDEX "BlockedConnection_machineId_port_protocol_idx" ON "BlockedConnection" ("machineId", "port", "protocol");
-- What has been kept for long enough is deleted by time alone.
CREATE INDEX "BlockedConnection_attemptTime_idx" ON "BlockedConnection" ("attemptTime");
CREATE TRIGGER touch BEFORE UPDATE ON "BlockedConnection" FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
