//! Two examples or more for every command: what people want of it most often, and what they would not guess.

/// The words that lead to a command, and its examples.
pub(super) const EXAMPLES: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "gatepost login https://api.example.org",
            "gatepost posts list",
            "gatepost posts create -t 'Notes' -b 'On the engine'",
        ],
    ),
    (
        "register",
        &[
            "gatepost register",
            "gatepost register --username ada --email ada@example.com",
        ],
    ),
    (
        "login",
        &[
            "gatepost login https://api.example.org --username ada",
            "gatepost login work   # a server that config.toml names",
            "printf %s \"$PASSWORD\" | gatepost login --username ada --password-stdin --store file",
        ],
    ),
    (
        "logout",
        &[
            "gatepost logout",
            "gatepost logout --all",
            "gatepost logout --account ada --local",
        ],
    ),
    (
        "status",
        &["gatepost status", "gatepost status --offline --json"],
    ),
    (
        "token",
        &[
            "curl -H \"$(gatepost token --header)\" https://api.example.org/api/posts/",
            "gatepost token --verify",
        ],
    ),
    ("profile", &["gatepost profile", "gatepost profile --json"]),
    (
        "profile edit",
        &[
            "gatepost profile edit --first-name Ada --last-name Lovelace",
            "gatepost profile edit --email ''",
        ],
    ),
    (
        "profile delete",
        &[
            "gatepost profile delete",
            "printf %s \"$PASSWORD\" | gatepost profile delete --yes --password-stdin",
        ],
    ),
    (
        "sessions",
        &["gatepost sessions", "gatepost sessions --json"],
    ),
    (
        "sessions end",
        &[
            "gatepost sessions end 3f2a",
            "gatepost sessions end 3f2a --account ada",
        ],
    ),
    (
        "sessions end-others",
        &[
            "gatepost sessions end-others",
            "gatepost sessions end-others --account ada",
        ],
    ),
    (
        "password",
        &[
            "gatepost password",
            "printf '%s\\n' \"$OLD\" \"$NEW\" | gatepost password --passwords-stdin",
        ],
    ),
    ("posts", &["gatepost posts list", "gatepost posts view 7"]),
    (
        "posts list",
        &[
            "gatepost posts list --limit 10",
            "gatepost posts list --search engine --author ada",
            "gatepost posts list --all --json=id,title > posts.json",
            "gatepost posts list --all --jq '.[].title'",
        ],
    ),
    (
        "posts search",
        &[
            "gatepost posts search engine",
            "gatepost posts search engine --author ada --json",
        ],
    ),
    (
        "posts view",
        &["gatepost posts view 7", "gatepost posts view 7 --json"],
    ),
    (
        "posts create",
        &[
            "gatepost posts create   # opens your editor",
            "gatepost posts create -t 'Notes' -b 'On the engine'",
            "git log -1 --format=%B | gatepost posts create -t 'Today' -F -",
        ],
    ),
    (
        "posts edit",
        &[
            "gatepost posts edit 7   # opens your editor",
            "gatepost posts edit 7 -t 'Another title'",
            "gatepost posts edit 7 --resume --keep mine",
        ],
    ),
    (
        "posts delete",
        &["gatepost posts delete 7", "gatepost posts delete 7 --yes"],
    ),
    (
        "drafts",
        &["gatepost drafts list", "gatepost drafts show new-1"],
    ),
    (
        "drafts list",
        &["gatepost drafts list", "gatepost drafts list --json"],
    ),
    (
        "drafts show",
        &[
            "gatepost drafts show new-1",
            "gatepost drafts show new-1 > text",
        ],
    ),
    (
        "drafts discard",
        &[
            "gatepost drafts discard new-1",
            "gatepost drafts discard new-1 --yes",
        ],
    ),
    (
        "accounts",
        &["gatepost accounts", "gatepost accounts --json"],
    ),
    (
        "switch",
        &[
            "gatepost switch",
            "gatepost switch ada --server https://api.example.org",
        ],
    ),
    (
        "api",
        &[
            "gatepost api /api/posts/7/",
            "gatepost api /api/posts/ -f title=Notes -f content='On the engine'",
            "gatepost api /api/invoices/ -X GET -f paid=false --paginate",
            "gatepost api /api/invoices/7/ -X PATCH -F paid=true -H 'If-Match: \"3\"' -i",
            "gatepost api /api/import/ --input rows.csv -H 'Content-Type: text/csv'",
        ],
    ),
    ("config", &["gatepost config list", "gatepost config edit"]),
    (
        "config list",
        &["gatepost config list", "gatepost config list --show-origin"],
    ),
    (
        "config get",
        &[
            "gatepost config get server",
            "gatepost config get servers.work.url",
        ],
    ),
    (
        "config set",
        &[
            "gatepost config set servers.work.url https://api.example.org",
            "gatepost config set server work",
            "gatepost config set timeout 2m",
        ],
    ),
    (
        "config unset",
        &[
            "gatepost config unset server",
            "gatepost config unset servers.work",
        ],
    ),
    (
        "config path",
        &[
            "gatepost config path",
            "cp \"$(gatepost config path)\" backup.toml",
        ],
    ),
    (
        "config edit",
        &[
            "gatepost config edit",
            "EDITOR='code --wait' gatepost config edit",
        ],
    ),
    (
        "doctor",
        &[
            "gatepost doctor",
            "gatepost doctor --server https://api.example.org --json",
        ],
    ),
    (
        "completions",
        &[
            "eval \"$(gatepost completions bash)\"   # in ~/.bashrc",
            "gatepost completions zsh > ~/.zfunc/_gatepost   # a folder of $fpath",
            "gatepost completions fish > ~/.config/fish/completions/gatepost.fish",
        ],
    ),
    (
        "man",
        &[
            "gatepost man | man -l -",
            "gatepost man ~/.local/share/man/man1",
        ],
    ),
    (
        "help",
        &["gatepost help posts edit", "gatepost help exit-codes"],
    ),
    (
        "tui",
        &[
            "gatepost tui",
            "gatepost tui --server https://api.example.org",
        ],
    ),
];
