# Part of script/deps (sourced): pins, and downloads through apt in a state of its own.
#
# The machine's own apt configuration is read (for the archive's address, proxies and keys) and
# never changed. apt verifies Debian's signatures; the SHA-256 in the lock file is checked again.

lock_file=$root/cmake/deps/deps.lock
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# pins ROLE NAME: lines "version file sha256", preferred first.
pins() {
  awk -v role="$1" -v name="$2" '$1 == role && $2 == name { print $3, $4, $5 }' "$lock_file"
}

sha256_of() { sha256sum "$1" | cut -d' ' -f1; }

# in_downloads FILE SHA: true when the cached file is there and right.
in_downloads() {
  [ -f "$downloads/$1" ] && [ "$(sha256_of "$downloads/$1")" = "$2" ]
}

# The archive this machine is configured for; its address is not written down anywhere here.
archive_address() {
  apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' 2>/dev/null |
    awk '$2 ~ /^(bookworm|trixie|stable|oldstable|sid)$/ { print $1; exit }'
}

# apt_state NAME LINE...: prepares (once a run) an apt state with these source lines; sets apt_options.
apt_state() {
  local name=$1 state=$cache/apt/$1
  shift
  apt_options=(-o "Dir::Etc::SourceList=$state/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State=$state" -o "Dir::State::Lists=$state/lists" -o "Dir::Cache=$state/cache"
    -o Dir::State::status=/dev/null -o APT::Sandbox::User= -o Acquire::Languages=none
    -o APT::Get::List-Cleanup=false -o Acquire::Retries=3 -o Dir::Etc::AptPreferencesParts=/dev/null)
  if [ "${architecture:-}" ]; then
    apt_options+=(-o "APT::Architecture=$architecture" -o "APT::Architectures=$architecture")
  fi
  [ -e "$run_dir/apt-$name" ] && return 0
  local address
  address=$(archive_address)
  [ "$address" ] || fail "apt on this machine is not set up for a Debian archive, so sources cannot be fetched.
Run 'apt-get update' once, or copy the files named in cmake/deps/deps.lock into $downloads."
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
  printf '%s\n' "$@" | sed "s|ADDRESS|$address|" >"$state/sources.list"
  say "reading Debian's package index ($name)"
  local try
  for try in 1 2 3; do
    if apt-get "${apt_options[@]}" update -qq >"$run_dir/apt.log" 2>&1; then
      touch "$run_dir/apt-$name"
      return 0
    fi
    sleep $((try * 2))
  done
  cat "$run_dir/apt.log" >&2
  # One suite of several may be out of step; go on with what there is.
  touch "$run_dir/apt-$name"
}

source_state() {
  architecture= apt_state source "deb-src [signed-by=$keyring] ADDRESS trixie main" \
    "deb-src [signed-by=$keyring] ADDRESS sid main"
}

package_state() { # ARCHITECTURE
  architecture=$1 apt_state "$1" "deb [arch=$1 signed-by=$keyring] ADDRESS bookworm main"
}

# source_index PACKAGE: lines "sha256 file debian-version" of what the archive lists now. Records are
# read whole because the version may stand after the checksums.
source_index() {
  apt-cache "${apt_options[@]}" showsrc --only-source "$1" 2>/dev/null |
    awk 'BEGIN { RS = ""; FS = "\n" }
         { version = ""; count = 0; inside = 0
           for (i = 1; i <= NF; i++) {
             if ($i ~ /^Version:/) { split($i, part, " "); version = part[2] }
             if ($i ~ /^[^ ]/) inside = ($i ~ /^Checksums-Sha256:/)
             else if (inside) { split($i, part, " "); line[++count] = part[1] " " part[3] }
           }
           for (i = 1; i <= count; i++) print line[i], version }'
}

# download_source PACKAGE FILE SHA ROLE: fetches one pinned file; false when it is not served.
download_source() {
  local package=$1 file=$2 sha=$3 only=--tar-only version
  [ "$4" = fixes ] && only=--diff-only
  source_state
  version=$(source_index "$package" | awk -v sha="$sha" '$1 == sha { print $3; exit }')
  [ "$version" ] || return 1
  say "downloading $file"
  local work=$run_dir/download
  mkdir -p "$work"
  (cd "$work" && apt-get "${apt_options[@]}" source -qq --download-only "$only" "$package=$version") \
    >"$run_dir/download.log" 2>&1 || return 1
  [ -f "$work/$file" ] || return 1
  if [ "$(sha256_of "$work/$file")" != "$sha" ]; then
    fail "$file does not have the SHA-256 that cmake/deps/deps.lock pins; it was not used."
  fi
  mkdir -p "$downloads"
  mv "$work/$file" "$downloads/$file"
}

# obtain_source NAME: makes one accepted pin available; sets source_version source_file source_sha.
obtain_source() {
  local name=$1 version file sha
  while read -r version file sha; do
    if in_downloads "$file" "$sha" || download_source "$name" "$file" "$sha" source; then
      source_version=$version source_file=$file source_sha=$sha
      return 0
    fi
    say "$file is not served any more"
  done < <(pins source "$name")
  vanished "$name" "$(source_index "$name" | awk '$2 ~ /\.orig\.tar/ { print "  " $2 }' | grep -v '\.asc' || true)"
}

# obtain_fixes NAME VERSION: as above for Debian's patches; fixes_file is empty when not served.
obtain_fixes() {
  local name=$1 wanted=$2 version file sha
  fixes_file= fixes_sha=
  while read -r version file sha; do
    [ "$version" = "$wanted" ] || continue
    if in_downloads "$file" "$sha" || download_source "$name" "$file" "$sha" fixes; then
      fixes_file=$file fixes_sha=$sha
      return 0
    fi
    say "$file is not served; using our own fixes where there are any"
  done < <(pins fixes "$name")
}

# obtain_package NAME:ARCH: sets package_file package_sha.
obtain_package() {
  local name=$1 version file sha
  while read -r version file sha; do
    if in_downloads "$file" "$sha"; then
      package_file=$file package_sha=$sha
      return 0
    fi
    package_state "${name#*:}"
    say "downloading $file"
    mkdir -p "$run_dir/download" "$downloads"
    if (cd "$run_dir/download" && apt-get "${apt_options[@]}" download -qq "${name%:*}=$version") \
      >"$run_dir/download.log" 2>&1 && [ -f "$run_dir/download/$file" ]; then
      [ "$(sha256_of "$run_dir/download/$file")" = "$sha" ] ||
        fail "$file does not have the SHA-256 that cmake/deps/deps.lock pins; it was not used."
      mv "$run_dir/download/$file" "$downloads/$file"
      package_file=$file package_sha=$sha
      return 0
    fi
    say "$file is not served any more"
  done < <(pins package "$name")
  package_state "${name#*:}"
  vanished "$name" "$(apt-cache "${apt_options[@]}" madison "${name%:*}" | sed 's/^/  /')"
}

vanished() { # NAME WHAT-IS-THERE
  [ ! -s "$run_dir/download.log" ] || sed 's/^/  apt: /' "$run_dir/download.log" >&2
  fail "no pinned version of $1 can be downloaded. Pinned in cmake/deps/deps.lock:
$(awk -v name="$1" '$2 == name && $1 != "fixes" { print "  " $4 }' "$lock_file")
The archive offers now:
${2:-  nothing (is the network there?)}
To pin what it offers: script/deps --move $1
(read the changes first, then build and run script/test)."
}

# move_pin NAME [VERSION]: pins the newest (or the given) version on offer; the pin that was
# preferred so far becomes the second accepted one.
move_pin() {
  local name=$1 wanted=${2:-} role=source line sha file version
  grep -qE "^package +$name " "$lock_file" && role=package
  grep -qE "^(source|package) +$name " "$lock_file" ||
    fail "'$name' is not in cmake/deps/deps.lock. Names: $(awk '/^(source|package)/ { print $2 }' "$lock_file" | sort -u | tr '\n' ' ')"
  if [ $role = package ]; then
    package_state "${name#*:}"
    version=${wanted:-$(apt-cache "${apt_options[@]}" madison "${name%:*}" | awk -F' *[|] *' 'NR == 1 { print $2 }')}
    (cd "$run_dir" && apt-get "${apt_options[@]}" download -qq "${name%:*}=$version")
    file=$(cd "$run_dir" && echo "${name%:*}"_*_"${name#*:}".deb)
    sha=$(sha256_of "$run_dir/$file")
    mkdir -p "$downloads"
    mv "$run_dir/$file" "$downloads/$file"
    rewrite_pin package "$name" "$version" "$file" "$sha"
    return
  fi
  source_state
  local offered
  offered=$(source_index "$name" | awk '$2 ~ /\.orig\.tar\.[a-z0-9]+$/')
  if [ "$wanted" ]; then
    line=$(awk -v file="${name}_$wanted.orig.tar" 'index($2, file) == 1' <<<"$offered" | head -1)
  else
    line=$(head -1 <<<"$offered") # trixie stands before sid
  fi
  [ "$line" ] || fail "the archive offers no ${wanted:+version $wanted of }$name. It offers:
$(awk '{ print "  " $2 }' <<<"$offered")"
  read -r sha file version <<<"$line"
  download_source "$name" "$file" "$sha" source || fail "$file is listed by the archive but not served."
  local upstream=${file#"${name}"_}
  rewrite_pin source "$name" "${upstream%.orig.tar.*}" "$file" "$sha"
  # Debian's patches for exactly that package version, where the lock carries patches at all.
  if grep -qE "^fixes +$name " "$lock_file"; then
    line=$(source_index "$name" | awk -v version="$version" '$3 == version && $2 ~ /\.debian\.tar\.xz$/' | head -1)
    if [ "$line" ]; then
      read -r sha file _ <<<"$line"
      if download_source "$name" "$file" "$sha" fixes; then
        rewrite_pin fixes "$name" "${upstream%.orig.tar.*}" "$file" "$sha"
      fi
    fi
  fi
}

rewrite_pin() { # ROLE NAME VERSION FILE SHA
  local new
  if pins "$1" "$2" | head -1 | grep -q " $5\$"; then
    say "$2: $4 is already the preferred pin"
    return
  fi
  new=$(printf '%-8s %-15s %-8s %-46s %s' "$1" "$2" "$3" "$4" "$5")
  awk -v role="$1" -v name="$2" -v sha="$5" -v new="$new" '
    $1 == role && $2 == name {
      if (!done) { print new; done = 1; if ($5 != sha) print; kept = 1; next }
      next   # older second pins are dropped
    }
    { print }' "$lock_file" >"$run_dir/lock"
  cp "$run_dir/lock" "$lock_file"
  say "$2: pinned $4 (the pin so far stays accepted as the second one)"
}
