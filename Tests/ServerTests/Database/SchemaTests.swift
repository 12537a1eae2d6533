import Postgres
import TestSupport
import Testing

/// The tables as the migrations leave them. Other programs know the quoted ones by these very names and types.
@Suite struct SchemaTests {
    @Test func `columns have the names, types and defaults that are written here`() async throws {
        let database = try await TestDatabase.make()
        let rows = try await database.rows(
            """
            SELECT c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
                   || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
                   || coalesce(' = ' || pg_get_expr(d.adbin, d.adrelid), '') AS line
              FROM pg_class c
              JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
              LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
             ORDER BY c.relname COLLATE "C", a.attnum
            """)
        let now = "timezone('UTC'::text, now())"
        let found = try rows.map { try $0.decode(String.self, "line").replacing(now, with: "now") }
        #expect(found.joined(separator: "\n") == Self.columns)
    }

    @Test func `keys and indexes are those that are written here`() async throws {
        let database = try await TestDatabase.make()
        let rows = try await database.rows(
            """
            SELECT conrelid::regclass || ': ' || pg_get_constraintdef(oid) AS line
              FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 0
            UNION ALL
            SELECT tablename || ': ' || indexname
              FROM pg_indexes
             WHERE schemaname = 'public' AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = indexname)
             ORDER BY 1
            """)
        let lines = try rows.map { try $0.decode(String.self, "line") }
        #expect(lines.joined(separator: "\n") == Self.keys)
    }

    private static let columns = """
        AppSettings.id text not null
        AppSettings.theme text not null = 'system'::text
        AppSettings.wallpaper text not null = 'wallpaper1.jpg'::text
        AppSettings.logoUrl text
        AppSettings.interfaceSize text not null = 'xl'::text
        AppSettings.createdAt timestamp(3) without time zone not null = now
        AppSettings.updatedAt timestamp(3) without time zone not null = now
        Application.id text not null
        Application.name text not null
        Application.description text
        Application.version text
        Application.url text
        Application.icon text
        Application.os text[]
        Application.installCommand jsonb not null
        Application.parameters jsonb not null
        Application.createdAt timestamp(3) without time zone not null = now
        Application.updatedAt timestamp(3) without time zone not null = now
        BlockedConnection.id text not null
        BlockedConnection.machineId text not null
        BlockedConnection.port integer not null
        BlockedConnection.protocol text not null
        BlockedConnection.processName text
        BlockedConnection.processId integer
        BlockedConnection.attemptTime timestamp(3) without time zone not null = now
        BlockedConnection.blockReason text not null
        BlockedConnection.sourceIp text
        BlockedConnection.ruleId text
        BlockedConnection.createdAt timestamp(3) without time zone not null = now
        BlockedConnection.updatedAt timestamp(3) without time zone not null = now
        BlockedConnection.direction "RuleDirection" not null = 'IN'::"RuleDirection"
        BlockedConnection.destinationIp text
        BlockedConnection.attempts integer not null = 1
        Department.id text not null
        Department.name text not null
        Department.createdAt timestamp(3) without time zone not null = now
        Department.internetSpeed integer
        Department.ipSubnet text
        Department.updatedAt timestamp(3) without time zone not null = now
        Department.firewallRuleSetId text
        ErrorLog.id text not null
        ErrorLog.message text not null
        ErrorLog.stack text
        ErrorLog.code text not null
        ErrorLog.severity text not null
        ErrorLog.context jsonb
        ErrorLog.timestamp timestamp(3) without time zone not null = now
        ErrorLog.resolved boolean not null = false
        ErrorLog.createdAt timestamp(3) without time zone not null = now
        ErrorLog.updatedAt timestamp(3) without time zone not null = now
        FirewallRule.id text not null
        FirewallRule.ruleSetId text not null
        FirewallRule.name text not null
        FirewallRule.description text
        FirewallRule.action "RuleAction" not null = 'ACCEPT'::"RuleAction"
        FirewallRule.direction "RuleDirection" not null = 'INOUT'::"RuleDirection"
        FirewallRule.priority integer not null = 500
        FirewallRule.protocol text not null = 'all'::text
        FirewallRule.srcPortStart integer
        FirewallRule.srcPortEnd integer
        FirewallRule.dstPortStart integer
        FirewallRule.dstPortEnd integer
        FirewallRule.srcIpAddr text
        FirewallRule.srcIpMask text
        FirewallRule.dstIpAddr text
        FirewallRule.dstIpMask text
        FirewallRule.connectionState jsonb
        FirewallRule.overridesDept boolean not null = false
        FirewallRule.createdAt timestamp(3) without time zone not null = now
        FirewallRule.updatedAt timestamp(3) without time zone not null = now
        FirewallRuleSet.id text not null
        FirewallRuleSet.name text not null
        FirewallRuleSet.internalName text not null
        FirewallRuleSet.entityType "RuleSetType" not null
        FirewallRuleSet.entityId text not null
        FirewallRuleSet.priority integer not null = 500
        FirewallRuleSet.isActive boolean not null = true
        FirewallRuleSet.libvirtUuid text
        FirewallRuleSet.xmlContent text
        FirewallRuleSet.lastSyncedAt timestamp(3) without time zone
        FirewallRuleSet.createdAt timestamp(3) without time zone not null = now
        FirewallRuleSet.updatedAt timestamp(3) without time zone not null = now
        Machine.id text not null
        Machine.name text not null
        Machine.internalName text not null
        Machine.status text not null
        Machine.userId text
        Machine.templateId text
        Machine.os text not null
        Machine.cpuCores integer not null = 0
        Machine.ramGB integer not null = 0
        Machine.diskSizeGB integer not null = 0
        Machine.gpuPciAddress text
        Machine.createdAt timestamp(3) without time zone not null = now
        Machine.updatedAt timestamp(3) without time zone not null = now
        Machine.departmentId text
        Machine.localIP text
        Machine.publicIP text
        Machine.firewallRuleSetId text
        MachineApplication.machineId text not null
        MachineApplication.applicationId text not null
        MachineApplication.parameters jsonb not null
        MachineApplication.createdAt timestamp(3) without time zone not null = now
        MachineApplication.updatedAt timestamp(3) without time zone not null = now
        MachineConfiguration.id text not null
        MachineConfiguration.xml jsonb
        MachineConfiguration.graphicProtocol text
        MachineConfiguration.graphicPort integer
        MachineConfiguration.graphicPassword text
        MachineConfiguration.graphicHost text
        MachineConfiguration.assignedGpuBus text
        MachineConfiguration.machineId text not null
        MachineConfiguration.createdAt timestamp(3) without time zone not null = now
        MachineConfiguration.updatedAt timestamp(3) without time zone not null = now
        MachineTemplate.id text not null
        MachineTemplate.name text not null
        MachineTemplate.description text
        MachineTemplate.cores integer not null
        MachineTemplate.ram integer not null
        MachineTemplate.storage integer not null
        MachineTemplate.createdAt timestamp(3) without time zone not null = now
        MachineTemplate.categoryId text
        MachineTemplate.updatedAt timestamp(3) without time zone not null = now
        MachineTemplateCategory.id text not null
        MachineTemplateCategory.name text not null
        MachineTemplateCategory.description text
        MachineTemplateCategory.createdAt timestamp(3) without time zone not null = now
        MachineTemplateCategory.updatedAt timestamp(3) without time zone not null = now
        User.id text not null
        User.email text not null
        User.password text not null
        User.deleted boolean not null
        User.token text not null = 'null'::text
        User.firstName text not null
        User.lastName text not null
        User.createdAt timestamp(3) without time zone not null = now
        User.role "UserRole" not null = 'USER'::"UserRole"
        User.updatedAt timestamp(3) without time zone not null = now
        account.user_id text not null
        account.avatar text
        account.generation integer not null = 0
        account.cut_at timestamp(3) without time zone
        ended_session.id text not null
        ended_session.expires_at timestamp(3) without time zone not null
        error_state.error_id text not null
        error_state.print text not null
        error_state.count bigint not null = 1
        error_state.last_at timestamp(3) without time zone not null
        error_state.resolved_at timestamp(3) without time zone
        error_state.resolved_by text
        event.id bigint not null
        event.at timestamp(3) without time zone not null
        event.resource text not null
        event.action text not null
        event.resource_id text not null
        event.resource_name text not null
        event.actor text not null
        event.message text not null
        event.data jsonb not null
        firewall_machine.machine_id text not null
        firewall_machine.wanted bigint not null = 1
        firewall_machine.applied bigint not null = 0
        firewall_machine.sent_digest text
        firewall_machine.held_digest text
        firewall_machine.applied_at timestamp(3) without time zone
        firewall_machine.problem text
        firewall_machine.failures integer not null = 0
        firewall_machine.retry_at timestamp(3) without time zone
        firewall_machine.drift text
        firewall_machine.drift_at timestamp(3) without time zone
        firewall_machine.made_at timestamp(3) without time zone
        firewall_policy.department_id text not null
        firewall_policy.incoming "RuleAction" not null
        firewall_policy.outgoing "RuleAction" not null
        firewall_policy.guards_addresses boolean not null
        firewall_trial.id text not null
        firewall_trial.rule_set_id text not null
        firewall_trial.before jsonb not null
        firewall_trial.actor text not null
        firewall_trial.created_at timestamp(3) without time zone not null = timezone('UTC'::text, clock_timestamp())
        firewall_trial.expires_at timestamp(3) without time zone not null
        job.id text not null
        job.kind text not null
        job.machine_id text not null
        job.machine_name text not null
        job.actor text not null
        job.user_id text
        job.state text not null
        job.step text not null = ''::text
        job.progress integer
        job.message text
        job.detail jsonb not null = '{}'::jsonb
        job.log text[] not null = '{}'::text[]
        job.can_cancel boolean not null = true
        job.is_cancel_requested boolean not null = false
        job.owner text not null
        job.lease_until timestamp(3) without time zone not null
        job.settling_since timestamp(3) without time zone
        job.created_at timestamp(3) without time zone not null = timezone('UTC'::text, clock_timestamp())
        job.started_at timestamp(3) without time zone
        job.finished_at timestamp(3) without time zone
        job_schedule.id text not null
        job_schedule.next_due timestamp(3) without time zone not null
        job_schedule.is_wanted boolean not null = false
        job_schedule.running_since timestamp(3) without time zone
        job_schedule.running_on text
        job_schedule.last_started timestamp(3) without time zone
        job_schedule.last_ended timestamp(3) without time zone
        job_schedule.last_outcome text
        job_schedule.last_message text
        job_schedule.failures integer not null = 0
        job_schedule.runs bigint not null = 0
        machine_domain.machine_id text not null
        machine_domain.domain_uuid text not null
        machine_metric.machine_id text not null
        machine_metric.at timestamp(3) without time zone not null
        machine_metric.cpu_percent real
        machine_metric.vcpu_wait_percent real
        machine_metric.memory_used_mib real
        machine_metric.memory_total_mib real
        machine_metric.balloon_mib real
        machine_metric.disk_read_bytes real
        machine_metric.disk_write_bytes real
        machine_metric.network_received_bytes real
        machine_metric.network_sent_bytes real
        schema_migration.number integer not null
        schema_migration.name text not null
        schema_migration.checksum text not null
        schema_migration.applied_at timestamp(3) without time zone not null = now
        """
    private static let keys = """
        "AppSettings": PRIMARY KEY (id)
        "Application": PRIMARY KEY (id)
        "BlockedConnection": CHECK ((attempts > 0))
        "BlockedConnection": FOREIGN KEY ("machineId") REFERENCES "Machine"(id) ON UPDATE CASCADE ON DELETE CASCADE
        "BlockedConnection": PRIMARY KEY (id)
        "Department": FOREIGN KEY ("firewallRuleSetId") REFERENCES "FirewallRuleSet"(id) ON UPDATE CASCADE ON DELETE SET NULL
        "Department": PRIMARY KEY (id)
        "Department": UNIQUE ("firewallRuleSetId")
        "ErrorLog": PRIMARY KEY (id)
        "FirewallRule": FOREIGN KEY ("ruleSetId") REFERENCES "FirewallRuleSet"(id) ON UPDATE CASCADE ON DELETE CASCADE
        "FirewallRule": PRIMARY KEY (id)
        "FirewallRuleSet": PRIMARY KEY (id)
        "FirewallRuleSet": UNIQUE ("entityType", "entityId")
        "FirewallRuleSet": UNIQUE ("internalName")
        "FirewallRuleSet": UNIQUE ("libvirtUuid")
        "Machine": FOREIGN KEY ("departmentId") REFERENCES "Department"(id) ON UPDATE CASCADE ON DELETE SET NULL
        "Machine": FOREIGN KEY ("firewallRuleSetId") REFERENCES "FirewallRuleSet"(id) ON UPDATE CASCADE ON DELETE SET NULL
        "Machine": FOREIGN KEY ("templateId") REFERENCES "MachineTemplate"(id) ON UPDATE CASCADE ON DELETE SET NULL
        "Machine": FOREIGN KEY ("userId") REFERENCES "User"(id) ON UPDATE CASCADE ON DELETE SET NULL
        "Machine": PRIMARY KEY (id)
        "Machine": UNIQUE ("firewallRuleSetId")
        "MachineApplication": FOREIGN KEY ("applicationId") REFERENCES "Application"(id) ON UPDATE CASCADE ON DELETE RESTRICT
        "MachineApplication": FOREIGN KEY ("machineId") REFERENCES "Machine"(id) ON UPDATE CASCADE ON DELETE RESTRICT
        "MachineApplication": PRIMARY KEY ("machineId", "applicationId")
        "MachineConfiguration": FOREIGN KEY ("machineId") REFERENCES "Machine"(id) ON UPDATE CASCADE ON DELETE CASCADE
        "MachineConfiguration": PRIMARY KEY (id)
        "MachineConfiguration": UNIQUE ("machineId")
        "MachineTemplate": FOREIGN KEY ("categoryId") REFERENCES "MachineTemplateCategory"(id) ON UPDATE CASCADE ON DELETE SET NULL
        "MachineTemplate": PRIMARY KEY (id)
        "MachineTemplateCategory": PRIMARY KEY (id)
        "User": PRIMARY KEY (id)
        "User": UNIQUE (email)
        AppSettings: AppSettings_id_idx
        BlockedConnection: BlockedConnection_attemptTime_idx
        BlockedConnection: BlockedConnection_machineId_attemptTime_idx
        BlockedConnection: BlockedConnection_machineId_port_protocol_idx
        ErrorLog: ErrorLog_code_timestamp_idx
        ErrorLog: ErrorLog_severity_timestamp_idx
        ErrorLog: ErrorLog_timestamp_idx
        FirewallRule: FirewallRule_ruleSetId_priority_idx
        FirewallRuleSet: FirewallRuleSet_isActive_idx
        Machine: machine_created
        Machine: machine_department
        Machine: machine_template
        MachineApplication: machine_application
        MachineTemplate: template_category
        User: User_email_lower
        account: FOREIGN KEY (user_id) REFERENCES "User"(id) ON UPDATE CASCADE ON DELETE CASCADE
        account: PRIMARY KEY (user_id)
        ended_session: PRIMARY KEY (id)
        ended_session: ended_session_expires_at
        error_state: FOREIGN KEY (error_id) REFERENCES "ErrorLog"(id) ON UPDATE CASCADE ON DELETE CASCADE
        error_state: PRIMARY KEY (error_id)
        error_state: error_state_open
        event: PRIMARY KEY (id)
        event: event_resource
        firewall_machine: CHECK ((applied <= wanted))
        firewall_machine: FOREIGN KEY (machine_id) REFERENCES "Machine"(id) ON UPDATE CASCADE ON DELETE CASCADE
        firewall_machine: PRIMARY KEY (machine_id)
        firewall_machine: firewall_machine_waiting
        firewall_policy: FOREIGN KEY (department_id) REFERENCES "Department"(id) ON UPDATE CASCADE ON DELETE CASCADE
        firewall_policy: PRIMARY KEY (department_id)
        firewall_trial: FOREIGN KEY (rule_set_id) REFERENCES "FirewallRuleSet"(id) ON UPDATE CASCADE ON DELETE CASCADE
        firewall_trial: PRIMARY KEY (id)
        firewall_trial: UNIQUE (rule_set_id)
        job: CHECK (((finished_at IS NULL) = (state = ANY (ARRAY['queued'::text, 'running'::text]))))
        job: CHECK (((progress >= 0) AND (progress <= 100)))
        job: CHECK ((state = ANY (ARRAY['queued'::text, 'running'::text, 'succeeded'::text, 'failed'::text, 'cancelled'::text, 'interrupted'::text])))
        job: PRIMARY KEY (id)
        job: job_created
        job: job_machine
        job: job_open
        job_schedule: PRIMARY KEY (id)
        machine_domain: FOREIGN KEY (machine_id) REFERENCES "Machine"(id) ON UPDATE CASCADE ON DELETE CASCADE
        machine_domain: PRIMARY KEY (machine_id)
        machine_domain: UNIQUE (domain_uuid)
        machine_metric: PRIMARY KEY (machine_id, at)
        schema_migration: PRIMARY KEY (number)
        """
}
