# Part of script/deps (sourced): a toolchain for static musl binaries made of Debian's own gcc and
# Debian's musl-dev of the target's architecture, joined by a gcc specs file.
#
# Result: $cache/toolchains/TARGET-KEY/ with bin/{cc,c++,ar,ranlib,strip,...}, lib/, musl/ and shim/.

make_musl_toolchain() { # TARGET (musl-x86_64 or musl-aarch64); sets toolchain
  local machine=${1#musl-} debian prefix= key dir
  local triple=$machine-linux-gnu musl_triple=$machine-linux-musl
  case $machine in
    x86_64) debian=amd64 ;;
    aarch64) debian=arm64 ;;
    *) fail "there is no toolchain for '$1'; known: musl-x86_64, musl-aarch64." ;;
  esac
  [ "$(uname -m)" = "$machine" ] || prefix=$triple-
  command -v "${prefix}g++" >/dev/null || fail "${prefix}g++ is missing; run script/bootstrap."
  local version major pin_version pin_file pin_sha
  version=$("${prefix}gcc" -dumpfullversion)
  major=${version%%.*}
  read -r pin_version pin_file pin_sha < <(pins package "musl-dev:$debian")
  key=$({ echo "$pin_sha $version $prefix"; cat "$root/cmake/deps/musl.sh"; cat "$root"/cmake/deps/shim/* "$root/cmake/deps/musl_support.c"; } |
    sha256sum | cut -c1-16)
  toolchain=$cache/toolchains/$1-$key
  [ ! -e "$toolchain/complete" ] || return 0

  obtain_package "musl-dev:$debian"
  say "making the toolchain $1 (gcc $version, musl $pin_version)"
  dir=$toolchain
  rm -rf "$dir"
  mkdir -p "$dir/bin" "$dir/lib" "$dir/kernel" "$dir/shim/bits"
  dpkg-deb -x "$downloads/$package_file" "$dir/musl"
  local musl_include=$dir/musl/usr/include/$musl_triple musl_lib=$dir/musl/usr/lib/$musl_triple

  # Kernel headers, and nothing else of glibc's include directories.
  local part place
  for part in linux asm asm-generic mtd; do
    for place in "/usr/$triple/include" "/usr/include/$triple" /usr/include; do
      if [ -d "$place/$part" ]; then
        ln -s "$place/$part" "$dir/kernel/$part"
        break
      fi
    done
    [ -e "$dir/kernel/$part" ] || fail "kernel headers ($part) for $machine are missing; run script/bootstrap."
  done

  # libstdc++'s headers: Debian's are configured for glibc; the shim comes first in the search.
  local cxx cxx_target gcc_include
  gcc_include=$("${prefix}gcc" -print-file-name=include)
  if [ "$prefix" ]; then
    cxx=/usr/$triple/include/c++/$major cxx_target=/usr/$triple/include/c++/$major/$triple
  else
    cxx=/usr/include/c++/$major cxx_target=/usr/include/$triple/c++/$major
  fi
  cp "$root"/cmake/deps/shim/* "$dir/shim/bits/"
  local off="_GLIBCXX_USE_PTHREAD_COND_CLOCKWAIT _GLIBCXX_USE_PTHREAD_MUTEX_CLOCKLOCK
    _GLIBCXX_USE_PTHREAD_RWLOCK_CLOCKLOCK _GLIBCXX_HAVE___CXA_THREAD_ATEXIT_IMPL
    _GLIBCXX_HAVE_SINGLE_THREADED _GLIBCXX_HAVE_LIBC_SINGLE_THREADED _GLIBCXX_HAVE_SYS_SINGLE_THREADED_H
    _GLIBCXX_HAVE_STRERROR_L _GLIBCXX_HAVE_QUICK_EXIT _GLIBCXX_HAVE_AT_QUICK_EXIT
    _GLIBCXX_HAVE_OBSOLETE_ISINF _GLIBCXX_HAVE_OBSOLETE_ISNAN"
  local name expression=
  for name in $off; do expression+="s/^#define $name .*/\/* $name: not in musl *\//;"; done
  sed "$expression" "$cxx_target/bits/c++config.h" >"$dir/shim/bits/c++config.h"

  # The C library comes last in the search: C++ headers reach for it with #include_next.
  local c_headers="-idirafter $musl_include -idirafter $gcc_include -idirafter $dir/kernel"
  cat >"$dir/specs" <<SPECS
*cpp_options:
-nostdinc $c_headers

*cc1:
%(cc1_cpu) -nostdinc $c_headers

*cc1plus:
-nostdinc -nostdinc++ -isystem $dir/shim -isystem $cxx -isystem $cxx_target $c_headers

*link_libgcc:
-L$musl_lib -L .%s

*libgcc:
libgcc.a%s libgcc_eh.a%s $dir/lib/libmusl_support.a

*startfile:
$musl_lib/crt1.o $musl_lib/crti.o crtbeginT.o%s

*endfile:
crtend.o%s $musl_lib/crtn.o

*link:
-nostdlib -static --eh-frame-hdr

SPECS
  printf '#!/bin/sh\nexec %sgcc "$@" -specs %s/specs\n' "$prefix" "$dir" >"$dir/bin/cc"
  printf '#!/bin/sh\nexec %sg++ "$@" -specs %s/specs\n' "$prefix" "$dir" >"$dir/bin/c++"
  chmod +x "$dir/bin/cc" "$dir/bin/c++"
  local tool
  for tool in ar ranlib strip nm objdump size; do
    ln -s "$(command -v "$prefix$tool")" "$dir/bin/$tool"
  done
  "$dir/bin/cc" -O2 -ffunction-sections -fdata-sections -c "$root/cmake/deps/musl_support.c" \
    -o "$dir/lib/musl_support.o"
  "$dir/bin/ar" rcs "$dir/lib/libmusl_support.a" "$dir/lib/musl_support.o"
  cat >"$dir/dependencies.cmake" <<CMAKE
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR $machine)
set(CMAKE_C_COMPILER $dir/bin/cc)
set(CMAKE_CXX_COMPILER $dir/bin/c++)
set(CMAKE_AR $dir/bin/ar CACHE FILEPATH "")
set(CMAKE_RANLIB $dir/bin/ranlib CACHE FILEPATH "")
set(CMAKE_STRIP $dir/bin/strip CACHE FILEPATH "")
set(CMAKE_CXX_COMPILER_AR $(command -v "${prefix}gcc-ar") CACHE FILEPATH "") # for link-time optimisation
set(CMAKE_CXX_COMPILER_RANLIB $(command -v "${prefix}gcc-ranlib") CACHE FILEPATH "")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static")
set(CMAKE_FIND_ROOT_PATH $dir/musl)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
CMAKE
  touch "$dir/complete"
}
