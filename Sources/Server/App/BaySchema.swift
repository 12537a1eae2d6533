package import GraphQL

/// The whole API: every feature's part.
package enum BaySchema {
    package static let parts: [SchemaPart<RequestContext>] = [
        sharedSchema, hostSchema, departmentSchema, machineSchema, snapshotSchema, figuresSchema, eventSchema,
        templateSchema, applicationSchema, settingsSchema, networkSchema, resourceSchema, userSchema,
        setupSchema, socketStatisticsSchema, jobSchema, errorLogSchema, firewallTypes, firewallHitsTypes,
        blockedConnectionSchema, firewallInputs, firewallSchema,
    ]

    package static func build() throws(SchemaError) -> Schema<RequestContext> { try Schema.build(parts) }
}
