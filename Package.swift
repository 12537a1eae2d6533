// swift-tools-version: 6.2
import PackageDescription

/// What every target of Bay is compiled with: mistakes that the compiler can find stop the build.
let strict: [SwiftSetting] = [
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// Tests touch no C memory of their own, and `#expect` expands to code that is not marked `unsafe`.
let strictTests: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
]
let http: [Target.Dependency] = [
    .product(name: "NIOHTTP1", package: "swift-nio"),
    .product(name: "NIOWebSocket", package: "swift-nio"),
    .product(name: "NIOSSL", package: "swift-nio-ssl"),
    .product(name: "HummingbirdCore", package: "hummingbird"),
]

let package = Package(
    name: "bay",
    products: [
        .executable(name: "bayd", targets: ["bayd"]),
        .executable(name: "bay", targets: ["bay"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        // Without traits, which would bring a configuration library and all of Foundation along.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    ],
    targets: [
        // C libraries: module maps and the few shims that Swift cannot import.
        // Needs libvirt's headers to be built, and libvirt itself once it is asked for something.
        .target(name: "CLibvirt", cSettings: [.define("_GNU_SOURCE")]),
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .target(name: "CMemory", cSettings: [.define("_GNU_SOURCE")]),
        .target(name: "CSockets", cSettings: [.define("_GNU_SOURCE")]),
        .systemLibrary(
            name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev", "libcrypt-dev"])]),
        // toml++, without the Swift packages around it, which bring all of Foundation along.
        .target(name: "CTOML", cxxSettings: [.define("TOML_HEADER_ONLY", to: "1")]),
        .target(
            name: "CNcurses",
            cSettings: [.define("_GNU_SOURCE")],
            linkerSettings: [.linkedLibrary("ncursesw"), .linkedLibrary("tinfo")]
        ),

        // Pure: values and rules. What JSON, GraphQL and Postgres offer is `public`, not `package`: only of that does the
        // compiler make versions for the types of the module that uses it, and so it does for each field of each answer.
        .target(name: "JSON", swiftSettings: strict),
        .target(name: "Core", dependencies: ["JSON", "CTOML"], swiftSettings: strict),
        .target(name: "GraphQL", dependencies: ["JSON"], swiftSettings: strict),

        // The server. What wraps C libraries is a module of its own, so that nothing else can see them.
        .target(
            name: "Libvirt", dependencies: ["Core", "CLibvirt", logging],
            path: "Sources/Server/Hypervisor", swiftSettings: strict),
        .target(
            name: "Postgres", dependencies: ["JSON", "CPostgres", logging],
            path: "Sources/Server/Database", resources: [.embedInCode("Migrations")], swiftSettings: strict),
        .target(
            name: "Cryptography", dependencies: ["CCrypto"], path: "Sources/Server/Crypto", swiftSettings: strict),
        .target(
            name: "Sockets", dependencies: ["CSockets"], path: "Sources/Server/Sockets", swiftSettings: strict),
        .target(
            name: "Server",
            dependencies: [
                "JSON", "Core", "GraphQL", "Libvirt", "Postgres", "Cryptography", "Sockets", logging, lifecycle,
            ] + nio + http,
            exclude: ["Hypervisor", "Database", "Crypto", "Sockets"],
            swiftSettings: strict),
        // What both programs ask at a terminal.
        .target(name: "Prompt", swiftSettings: strict),
        .executableTarget(
            name: "bayd",
            dependencies: [
                "Server", "Core", "Prompt", "GraphQL", "CMemory", argumentParser, logging, lifecycle, signals,
            ],
            swiftSettings: strict),

        // The console and command line.
        .target(name: "TUI", dependencies: ["JSON", "Core", "CNcurses"], swiftSettings: strict),
        .executableTarget(
            name: "bay", dependencies: ["TUI", "Core", "JSON", "Prompt", argumentParser], swiftSettings: strict),

        // The Swift side of `make bench`.
        .executableTarget(
            name: "BayBench", dependencies: ["Core", "Libvirt", "Postgres", logging],
            path: "Benchmarks/BayBench", swiftSettings: strict),

        // The engine beside graphql-core: scripts/test.sh runs them against each other.
        .executableTarget(
            name: "GraphQLPeer", dependencies: ["GraphQL", "JSON"], path: "Tests/GraphQLPeer", exclude: ["differ"],
            swiftSettings: strictTests),

        // What tests of several targets share: a real PostgreSQL.
        .target(
            name: "TestSupport", dependencies: ["Core", "Libvirt", "Postgres", logging], path: "Tests/TestSupport",
            swiftSettings: strictTests),
        .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: strictTests),
        .testTarget(name: "CoreTests", dependencies: ["Core", "JSON"], swiftSettings: strictTests),
        .testTarget(name: "GraphQLTests", dependencies: ["GraphQL", "JSON"], swiftSettings: strictTests),
        .testTarget(
            name: "HypervisorTests", dependencies: ["Libvirt", "Core", "TestSupport"],
            path: "Tests/ServerTests/Hypervisor", swiftSettings: strictTests),
        .testTarget(
            name: "DatabaseTests", dependencies: ["Postgres", "JSON", "TestSupport"],
            path: "Tests/ServerTests/Database", swiftSettings: strictTests),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "Server", "TUI", "Core", "GraphQL", "JSON", "Libvirt", "Postgres", "Cryptography", "Sockets",
                "TestSupport", logging, lifecycle, .product(name: "NIOEmbedded", package: "swift-nio"),
            ] + nio + http,
            exclude: ["Hypervisor", "Database", "User/access.tsv"], swiftSettings: strictTests),
        .testTarget(
            name: "TUITests", dependencies: ["TUI", "Core", "JSON", "Prompt"], exclude: ["Console/Golden"],
            swiftSettings: strictTests),
        .testTarget(
            name: "IntegrationTests", dependencies: ["Core", "JSON", "Libvirt", "Postgres", "TestSupport"],
            swiftSettings: strictTests),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
