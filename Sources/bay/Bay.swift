@main
struct Bay { static func main() {} }
