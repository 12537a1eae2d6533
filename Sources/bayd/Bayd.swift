@main
struct Bayd { static func main() {} }
