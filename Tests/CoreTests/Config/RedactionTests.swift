import Testing

@testable import Core

@Suite struct RedactionTests {
    @Test(arguments: [
        ("postgresql://bay:s3cret@db:5432/bay", "postgresql://bay:***@db:5432/bay"),
        ("postgresql://bay@db/bay", "postgresql://bay@db/bay"),
        ("postgresql://bay:a@b:c@db/bay", "postgresql://bay:***@db/bay"),
        ("postgresql://bay:a/b@db/bay", "postgresql://bay:***@db/bay"),
        (
            "postgresql://db/bay?user=bay&password=s3cret&sslmode=require",
            "postgresql://db/bay?user=bay&password=***&sslmode=require"
        ),
        ("host=db password=s3cret user=bay", "host=db password=*** user=bay"),
        (#"host=db password = 'it\'s secret' user=bay"#, "host=db password =*** user=bay"),
        ("host=db PASSWORD='open", "host=db PASSWORD=***"),
        ("password=", "password=***"),
        ("cannot reach \"postgres://u:p@h/d\": timeout", "cannot reach \"postgres://u:***@h/d\": timeout"),
        ("a=b://c:d@e f=g://h", "a=b://c:***@e f=g://h"),
        ("qemu+ssh://root@host/system", "qemu+ssh://root@host/system"),
        ("nothing to hide", "nothing to hide"),
        ("", ""),
    ])
    func `passwords are hidden and the rest stays`(text: String, redacted: String) {
        #expect(Redaction.address(text) == redacted)
    }

    @Test(arguments: [
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("token eyJhbGciOi.eyJ1c2Vy.c2ln is old", "token *** is old"),
        (#"{"email": "a@b", "password": "s3cret"}"#, #"{"email": "a@b", "password":***}"#),
        (#"login(email: "a", password: "s3 cret")"#, #"login(email: "a", password:***)"#),
        ("<graphics type='vnc' passwd='s3cret'/>", "<graphics type='vnc' passwd=***/>"),
        ("at 10:15:30 all was well", "at 10:15:30 all was well"),
    ])
    func `what is kept or shown has no tokens and no screen's password either`(text: String, redacted: String) {
        #expect(Redaction.text(text) == redacted)
    }
}
