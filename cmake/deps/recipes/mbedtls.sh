# mbedTLS: crypto, X.509 and TLS as three archives. -O2 throughout: a handshake holds the event loop
# for as long as its big-number arithmetic takes.
build() { # SOURCE BUILD PREFIX
  cp "$root/cmake/deps/hookflash_mbedtls_config.h" "$3/include/"
  configure_cmake "$1" "$2" "$3" \
    "-I$3/include -DMBEDTLS_USER_CONFIG_FILE='\"hookflash_mbedtls_config.h\"'" \
    -DENABLE_TESTING=OFF -DENABLE_PROGRAMS=OFF -DMBEDTLS_FATAL_WARNINGS=OFF \
    -DUSE_SHARED_MBEDTLS_LIBRARY=OFF -DUSE_STATIC_MBEDTLS_LIBRARY=ON -DGEN_FILES=OFF \
    -DDISABLE_PACKAGE_CONFIG_AND_INSTALL=OFF
  ninja -C "$2" install
  rm -rf "$3/lib/pkgconfig" "$3/lib/cmake" "$3/lib"/libeverest.a "$3/lib"/libp256m.a.unused
}
