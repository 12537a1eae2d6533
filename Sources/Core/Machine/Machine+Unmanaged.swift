extension Machine {
    /// A domain of the host that nobody has adopted, as it is shown: never changed, and without a record.
    package init(unmanaged domain: DomainRecord, isReachable: Bool) {
        self.init(
            id: ID(domain.uuid), name: domain.name, internalName: domain.name, status: domain.state.status,
            isManaged: false, hasDomain: isReachable ? true : nil)
    }
}
