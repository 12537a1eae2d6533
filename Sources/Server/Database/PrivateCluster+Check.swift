extension PrivateCluster {
    /// Whether this host has what a private server needs: programs, and a user to run them as. Changes nothing.
    /// Returns the folder of the programs.
    public static func programs() throws(PrivateClusterError) -> String {
        _ = try ServerAccount.current()
        return try PostgresBinaries.find().directory
    }
}
