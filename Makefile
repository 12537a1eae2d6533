# Bay. `make help` lists the targets. Each does its own set-up: nothing has to be installed by hand but Swift.
PREFIX ?= /usr/local
DESTDIR ?=

bindir = $(DESTDIR)$(PREFIX)/bin
sharedir = $(DESTDIR)$(PREFIX)/share
unitdir = $(DESTDIR)$(PREFIX)/lib/systemd/system
release = .build/release

.DEFAULT_GOAL := help
.PHONY: help run stop build test bench soak install uninstall format lint clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1@\2/p' Makefile | column -t -s @ 2>/dev/null || grep '## ' Makefile

run: ## install what is missing, build, start bayd if none runs, open the console (DEMO=1: a made fleet)
	@DEMO='$(DEMO)' sh scripts/run.sh

stop: ## end the bayd that `make run` left in the background
	@sh scripts/stop.sh

build: ## build bayd and bay for use
	@sh scripts/build.sh

test: ## install what is missing, check style, build, run every test (FILTER=name: some)
	@FILTER='$(FILTER)' sh scripts/test.sh

bench: ## measure Bay beside its peers; figures as JSON lines (ONLY="C1 C6": some)
	@ONLY='$(ONLY)' sh scripts/bench.sh

soak: ## see whether bayd grows: 100,000 events in 30 minutes, and who comes and goes (MINUTES=, EVENTS=)
	@MINUTES='$(MINUTES)' EVENTS='$(EVENTS)' sh scripts/soak.sh

install: build ## install programs, unit, man pages, completions and themes under PREFIX
	install -d '$(bindir)' '$(unitdir)' '$(sharedir)/bay/themes'
	install -s -m 755 $(release)/bayd $(release)/bay '$(bindir)'
	sed 's|@PREFIX@|$(PREFIX)|g' scripts/bayd.service.in > '$(unitdir)/bayd.service'
	chmod 644 '$(unitdir)/bayd.service'
	set -e; for theme in themes/*.toml; do \
	    [ ! -e "$$theme" ] || install -m 644 "$$theme" '$(sharedir)/bay/themes'; done
	set -e; for page in docs/man/*.[1-8]; do [ -e "$$page" ] || continue; \
	    install -D -m 644 "$$page" '$(sharedir)/man/man'"$${page##*.}/$${page##*/}"; done
	install -D -m 644 docs/bay.toml '$(sharedir)/doc/bay/bay.toml'
	install -m 644 docs/admin-guide.md CHANGELOG.md '$(sharedir)/doc/bay'
	install -d '$(sharedir)/bash-completion/completions' '$(sharedir)/zsh/site-functions' \
	    '$(sharedir)/fish/vendor_completions.d'
	$(release)/bay --generate-completion-script bash > '$(sharedir)/bash-completion/completions/bay'
	$(release)/bay --generate-completion-script zsh > '$(sharedir)/zsh/site-functions/_bay'
	$(release)/bay --generate-completion-script fish > '$(sharedir)/fish/vendor_completions.d/bay.fish'
	@echo "Installed. Start the server with: systemctl daemon-reload && systemctl enable --now bayd"

uninstall: ## remove what `make install` put under PREFIX; records and machines stay
	rm -f '$(bindir)/bayd' '$(bindir)/bay' '$(unitdir)/bayd.service'
	rm -rf '$(sharedir)/bay' '$(sharedir)/doc/bay'
	for page in docs/man/*.[1-8]; do rm -f '$(sharedir)/man/man'"$${page##*.}/$${page##*/}"; done
	rm -f '$(sharedir)/bash-completion/completions/bay' '$(sharedir)/zsh/site-functions/_bay' \
	    '$(sharedir)/fish/vendor_completions.d/bay.fish'

format: ## lay the sources out as `make lint` wants them
	@MEND=1 sh scripts/lint.sh

lint: ## check the style of the sources
	@sh scripts/lint.sh

clean: ## remove what was built
	rm -rf .build
