# Installs what is missing, for the scripts beside this folder, which have a function fail.
# want TEST PACKAGE, as often as needed, then install_wanted; install_django sets GATEPOST_DJANGO_VENV.

has() { command -v "$1" >/dev/null; }
has_postgres() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || has initdb; }
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

# The reference application's packages, again whenever its list of them or Python has changed.
install_django() {
    local list=tests/django/requirements.txt
    export GATEPOST_DJANGO_VENV=${GATEPOST_DJANGO_VENV:-$PWD/target/django-venv}
    if ! cmp -s "$list" "$GATEPOST_DJANGO_VENV/installed.txt" ||
        ! "$GATEPOST_DJANGO_VENV/bin/python" -c 'import django' 2>/dev/null; then
        echo "$0: installing Django into $GATEPOST_DJANGO_VENV" >&2
        rm -rf "$GATEPOST_DJANGO_VENV"
        mkdir -p "$(dirname "$GATEPOST_DJANGO_VENV")"
        python3 -m venv "$GATEPOST_DJANGO_VENV"
        "$GATEPOST_DJANGO_VENV/bin/pip" install --quiet --disable-pip-version-check --requirement "$list" ||
            fail "pip could not install $list, which is needed for a live Django"
        cp "$list" "$GATEPOST_DJANGO_VENV/installed.txt" # last, so that a half-done installation is done again
    fi
}
