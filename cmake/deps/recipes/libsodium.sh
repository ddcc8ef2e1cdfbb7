# libsodium, only Ed25519 signatures and what they stand on (SHA-512, constant-time compare, random
# bytes). The files are compiled here directly: the packaged source has no generated configure.
build() { # SOURCE BUILD PREFIX
  local lib=$1/src/libsodium version=$source_version file files=()
  cp -r "$lib/include/." "$3/include/"
  sed -e "s/@VERSION@/$version/" -e 's/@SODIUM_LIBRARY_VERSION_MAJOR@/0/' \
    -e 's/@SODIUM_LIBRARY_VERSION_MINOR@/0/' \
    -e 's/@SODIUM_LIBRARY_MINIMAL_DEF@/#define SODIUM_LIBRARY_MINIMAL 1/' \
    "$lib/include/sodium/version.h.in" >"$3/include/sodium/version.h"
  rm -f "$3/include/sodium/version.h.in" "$3/include/Makefile".*
  for file in crypto_sign/crypto_sign.c crypto_sign/ed25519/sign_ed25519.c \
    crypto_sign/ed25519/ref10/keypair.c crypto_sign/ed25519/ref10/open.c \
    crypto_sign/ed25519/ref10/sign.c crypto_core/ed25519/ref10/ed25519_ref10.c \
    crypto_hash/sha512/hash_sha512.c crypto_hash/sha512/cp/hash_sha512_cp.c \
    crypto_verify/verify.c crypto_verify/sodium/verify.c randombytes/randombytes.c \
    randombytes/sysrandom/randombytes_sysrandom.c sodium/utils.c; do
    # The one file whose place differs between the accepted versions is crypto_verify.
    [ ! -e "$lib/$file" ] || files+=("$lib/$file")
  done
  # The library's start-up file picks among implementations we do not build; this is all we need of it.
  printf '%s\n' '#include <stdlib.h>' 'void sodium_misuse(void);' \
    'void sodium_misuse(void) { abort(); }' >"$2/misuse.c"
  files+=("$2/misuse.c")
  # What configure would find on every target of ours: Linux, 64-bit, little endian, gcc or clang.
  include_flags="-I$3/include -I$3/include/sodium -I$lib/include/sodium/private -DCONFIGURED=1
    -DSODIUM_STATIC=1 -DNATIVE_LITTLE_ENDIAN=1 -DHAVE_TI_MODE=1 -DHAVE_WEAK_SYMBOLS=1
    -DHAVE_INLINE_ASM=1 -DHAVE_C_VARARRAYS=1 -DHAVE_SYS_MMAN_H=1 -DHAVE_MMAP=1 -DHAVE_MLOCK=1
    -DHAVE_MADVISE=1 -DHAVE_MPROTECT=1 -DHAVE_POSIX_MEMALIGN=1 -DHAVE_SYS_RANDOM_H=1
    -DHAVE_GETRANDOM=1 -DHAVE_EXPLICIT_BZERO=1 -D_GNU_SOURCE=1 -Wno-unused-result"
  archive "$3/lib/libsodium.a" "${files[@]}"
}
