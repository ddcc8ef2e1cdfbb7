# Part of script/deps (sourced): what is built, for which target and flavour, and the cache of it.
#
# A built library stands in $cache/built/TARGET-FLAVOUR/NAME-VERSION-KEY/{include,lib}. KEY is a hash
# of everything that shapes it: pins, patches, recipe, mbedTLS configuration, compiler, flavour and
# the keys of the libraries it uses. Nothing is ever rebuilt in place.

libraries="cjson mbedtls libwebsockets c-ares libsodium"

# choose_compiler: sets cc, ar, base_flags, toolchain_file for $target and $flavour.
choose_compiler() {
  toolchain_file=
  base_flags="-ffunction-sections -fdata-sections -fno-common"
  case $target in
    host)
      cc=gcc ar=ar
      [ "$flavour" = fuzz ] && cc=clang-14
      ;;
    musl-*)
      make_musl_toolchain "$target"
      cc=$toolchain/bin/cc ar=$toolchain/bin/ar
      toolchain_file=$toolchain/dependencies.cmake
      ;;
  esac
  case $flavour in
    release) base_flags+=" -O2 -g1" ;;
    asan) base_flags+=" -O1 -g -fno-omit-frame-pointer -fsanitize=address" ;;
    fuzz) base_flags+=" -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all" ;;
  esac
  # The static binaries are small: no debug information, and tables for unwinding would be a tenth.
  [ "$target" = host ] ||
    base_flags="${base_flags/ -g1/} -fno-asynchronous-unwind-tables -fno-unwind-tables"
  command -v "$cc" >/dev/null || fail "$cc is missing; run script/bootstrap."
  compiler_id="$("$cc" -dumpmachine) $("$cc" -dumpfullversion 2>/dev/null || "$cc" -dumpversion) $base_flags"
  [ -z "$toolchain_file" ] || compiler_id+=" ${toolchain##*-}"
}

# key_of NAME SOURCE_SHA FIXES_SHA: prints the key, for the current target and flavour.
key_of() {
  local name=$1
  {
    echo "$name $2 ${3:-own-fixes} $compiler_id"
    cat "$root/cmake/deps/recipes/$name.sh"
    find "$root/cmake/patches/$name" -name '*.patch' 2>/dev/null | LC_ALL=C sort | xargs -r cat
    [ "${3:-}" ] || find "$root/cmake/patches/$name-fallback" -name '*.patch' 2>/dev/null |
      LC_ALL=C sort | xargs -r cat
    case $name in
      mbedtls) cat "$root/cmake/deps/hookflash_mbedtls_config.h" ;;
      libwebsockets) echo "${prefix_of[mbedtls]##*-}" ;;
    esac
  } | sha256sum | cut -c1-16
}

# find_built NAME: sets prefix_of[NAME] when an accepted pin of it stands in the cache.
find_built() {
  local name=$1 version sha fix_version fix_sha key
  while read -r version _ sha; do
    while read -r fix_version _ fix_sha; do
      [ "$fix_version" = "$version" ] || [ "$fix_version" = none ] || continue
      key=$(key_of "$name" "$sha" "$fix_sha")
      if [ -e "$built/$name-$version-$key/complete" ]; then
        prefix_of[$name]=$built/$name-$version-$key
        return 0
      fi
    done < <(pins fixes "$name"; echo none)
  done < <(pins source "$name")
  return 1
}

# build_library NAME: leaves it in the cache and sets prefix_of[NAME].
build_library() {
  local name=$1 key work prefix
  find_built "$name" && return 0
  obtain_source "$name"
  obtain_fixes "$name" "$source_version"
  key=$(key_of "$name" "$source_sha" "$fixes_sha")
  prefix=$built/$name-$source_version-$key
  if [ ! -e "$prefix/complete" ]; then
    say "building $name $source_version for $target ($flavour)"
    work=$run_dir/$name
    rm -rf "$work" "$prefix"
    mkdir -p "$work/source" "$work/build" "$prefix/include" "$prefix/lib"
    tar -xf "$downloads/$source_file" -C "$work/source" --strip-components=1
    apply_patches "$name" "$work/source" >"$work/patch.log" 2>&1 || {
      cat "$work/patch.log" >&2
      fail "a patch of $name does not apply to version $source_version."
    }
    if ! (
      set -euo pipefail
      flags="$base_flags -ffile-prefix-map=$work/source=$name -ffile-prefix-map=$work/build=$name"
      . "$root/cmake/deps/recipes/$name.sh"
      build "$work/source" "$work/build" "$prefix"
    ) >"$work/build.log" 2>&1; then
      tail -n 40 "$work/build.log" >&2
      cp "$work/build.log" "$cache/$name-failed.log"
      fail "building $name $source_version for $target ($flavour) failed; whole log: $cache/$name-failed.log"
    fi
    touch "$prefix/complete"
    rm -rf "$work"
  fi
  prefix_of[$name]=$prefix
}

# Debian's fixes (or our own in their stead) first, then our changes, in name order.
apply_patches() { # NAME SOURCE
  local name=$1 source=$2 patch
  if [ "$fixes_file" ]; then
    mkdir -p "$run_dir/fixes-$name"
    tar -xf "$downloads/$fixes_file" -C "$run_dir/fixes-$name"
    while read -r patch _; do
      case $patch in '' | '#'*) continue ;; esac
      patch -d "$source" -p1 --batch --forward <"$run_dir/fixes-$name/debian/patches/$patch" || return 1
    done <"$run_dir/fixes-$name/debian/patches/series"
  else
    for patch in "$root/cmake/patches/$name-fallback"/*.patch; do
      [ ! -e "$patch" ] || patch -d "$source" -p1 --batch --forward <"$patch" || return 1
    done
  fi
  for patch in "$root/cmake/patches/$name"/*.patch; do
    [ ! -e "$patch" ] || patch -d "$source" -p1 --batch --forward <"$patch" || return 1
  done
}

# For recipes: archive OUT.a SOURCE.c... compiles with $flags (plus $include_flags) and archives.
archive() {
  local out=$1 file object objects=()
  shift
  for file in "$@"; do
    object=$(dirname "$out")/${#objects[@]}-$(basename "$file" .c).o
    objects+=("$object")
    # shellcheck disable=SC2086
    "$cc" $flags ${include_flags:-} -std=gnu11 -c "$file" -o "$object"
  done
  rm -f "$out"
  "$ar" rcs "$out" "${objects[@]}"
  rm -f "${objects[@]}"
}

# For recipes: configure_cmake SOURCE BUILD PREFIX EXTRA-FLAGS OPTIONS...
configure_cmake() {
  local source=$1 build=$2 prefix=$3 extra=$4
  shift 4
  local compiler=(-DCMAKE_C_COMPILER="$cc")
  [ -z "$toolchain_file" ] || compiler=(-DCMAKE_TOOLCHAIN_FILE="$toolchain_file")
  cmake -S "$source" -B "$build" -G Ninja "${compiler[@]}" -DCMAKE_BUILD_TYPE=None \
    -DCMAKE_C_FLAGS="$flags $extra" -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib \
    -DCMAKE_POLICY_DEFAULT_CMP0074=NEW -Wno-dev "$@"
}
