# Installs what is missing, for the scripts beside this folder, which have a function fail.
# want TEST PACKAGE, as often as needed, then install_wanted; install_django sets GATEPOST_DJANGO_VENV, which install_simplejwt
# needs.

has() { command -v "$1" >/dev/null; }
has_postgres() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || has initdb; }
has_pgbouncer() { has pgbouncer || [ -x /usr/sbin/pgbouncer ]; }
has_nginx() { has nginx || [ -x /usr/sbin/nginx ]; }
has_haproxy() { has haproxy || [ -x /usr/sbin/haproxy ]; }
has_venv() { python3 -c 'import ensurepip, venv' >/dev/null 2>&1; }

wanted=()
want() {
    eval "$1" || wanted+=("$2")
}

install_wanted() {
    [ ${#wanted[@]} -gt 0 ] || return 0
    local install="apt-get update && apt-get install -y ${wanted[*]}"
    [ "$(id -u)" = 0 ] || fail "${wanted[*]} missing: run  sudo sh -c '$install'"
    has apt-get || fail "${wanted[*]} missing, and there is no apt-get to install it with"
    echo "$0: $install" >&2
    DEBIAN_FRONTEND=noninteractive sh -c "$install" >&2 || fail "could not be installed, and is needed: ${wanted[*]}"
    has_postgres || fail "PostgreSQL is still missing after apt-get installed it"
    has_venv || fail "python3 still can't make a virtual environment after apt-get installed python3-venv"
}

# make_venv LIST FOLDER PYTHON: packages in a virtual environment, again whenever their list has changed.
make_venv() {
    local list=$1 venv=$2 python=$3
    if ! cmp -s "$list" "$venv/installed.txt" || ! "$venv/bin/python" -c 'import django' 2>/dev/null; then
        echo "$0: installing Django into $venv" >&2
        rm -rf "$venv"
        mkdir -p "$(dirname "$venv")"
        "$python" -m venv "$venv"
        "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$list" ||
            fail "pip could not install $list, which is needed for a live Django"
        cp "$list" "$venv/installed.txt" # last, so that a half-done installation is done again
    fi
}

# The reference application's packages.
install_django() {
    export GATEPOST_DJANGO_VENV=${GATEPOST_DJANGO_VENV:-$PWD/target/django-venv}
    make_venv tests/django/requirements.txt "$GATEPOST_DJANGO_VENV" python3
}

# The older packages whose databases are adopted.
install_older_djangos() {
    # Django 3.2 is of the time of Python 3.10, and works with 3.11
    local old=python3 python
    for python in python3.8 python3.9 python3.10 python3.11; do
        ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1 || old=$python
    done
    make_venv tests/django/requirements-3.2.txt target/django-3.2-venv "$old"
    make_venv tests/django/requirements-4.2.txt target/django-4.2-venv "$old"
}

# The services of other people's making that the sdk is tried on.
install_services() {
    make_venv tests/services/requirements.txt target/services-venv python3
}

# SimpleJWT's own tests, which only its source distribution holds, and what they import beside it.
install_simplejwt() {
    local suite=tests/django/simplejwt_suite folder=target/simplejwt pip="$GATEPOST_DJANGO_VENV/bin/pip"
    cat "$suite/source.txt" "$suite/requirements.txt" | cmp -s - "$folder/installed.txt" && return
    echo "$0: installing SimpleJWT's tests into $folder" >&2
    rm -rf "$folder"
    mkdir -p "$folder/source"
    "$pip" download --quiet --disable-pip-version-check --no-deps --no-binary :all: --require-hashes \
        --requirement "$suite/source.txt" --dest "$folder" &&
        tar -xzf "$folder"/*.tar.gz --strip-components=1 -C "$folder/source" &&
        "$pip" install --quiet --disable-pip-version-check --requirement "$suite/requirements.txt" \
            --target "$folder/packages" || fail "pip could not install SimpleJWT's tests, which Gatepost is to pass"
    cat "$suite/source.txt" "$suite/requirements.txt" >"$folder/installed.txt" # last, as above
}

# A client of JWK sets that others wrote.
install_jose() {
    [ -d target/jose/node_modules/jose ] || npm install --silent --no-audit --no-fund --prefix target/jose jose ||
        fail "npm could not install jose, by which the published keys are tried"
}

# What looks at the pages for everybody who can't use them.
install_axe() {
    [ -f target/axe/node_modules/axe-core/axe.min.js ] ||
        npm install --silent --no-audit --no-fund --prefix target/axe axe-core ||
        fail "npm could not install axe-core, by which the pages are looked at"
}

# What others have made of OpenAPI: a validator, what tries a service by its document, and makers of clients.
install_openapi() {
    local list=tests/openapi/requirements.txt venv=target/openapi-venv
    if ! cmp -s "$list" "$venv/installed.txt"; then
        echo "$0: installing Schemathesis and others into $venv" >&2
        rm -rf "$venv"
        python3 -m venv "$venv"
        "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$list" ||
            fail "pip could not install $list, by which the API's document is tried"
        cp "$list" "$venv/installed.txt" # last, as above
    fi
    [ -d target/openapi/node_modules/openapi-fetch ] ||
        npm install --silent --no-audit --no-fund --prefix target/openapi openapi-typescript@7 typescript@5 openapi-fetch@0.17 ||
        fail "npm could not install openapi-typescript, which makes a client of the API's document"
}

# What makes packages and says what is in them, and a fresh Debian in a folder to install them in.
install_packagers() {
    local tool
    for tool in cargo-deb@3.8.0 cargo-cyclonedx@0.5.9; do
        has "${tool%@*}" || cargo install --quiet --locked "$tool" || fail "cargo could not install $tool"
    done
    if ! [ -f target/debian/made ]; then
        echo "$0: making a Debian in target/debian" >&2
        rm -rf target/debian
        debootstrap --variant=minbase --include=systemd bookworm target/debian >&2 ||
            fail "debootstrap could not make a Debian in target/debian, in which the packages are tried"
        touch target/debian/made # last, as above
    fi
}
