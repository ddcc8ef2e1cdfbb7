# libwebsockets: HTTP/1.1 and WebSocket, server and client, on mbedTLS, inside our own event loop.
# Off: everything else (netlink too: it closes sockets when routes change). Names are resolved before it is asked to connect, so its resolver is off.
build() { # SOURCE BUILD PREFIX
  local mbed=${prefix_of[mbedtls]}
  configure_cmake "$1" "$2" "$3" \
    "-I$mbed/include -DMBEDTLS_USER_CONFIG_FILE='\"hookflash_mbedtls_config.h\"'" \
    -DLWS_WITH_STATIC=ON -DLWS_WITH_SHARED=OFF -DLWS_STATIC_PIC=OFF \
    -DLWS_WITH_SSL=ON -DLWS_WITH_MBEDTLS=ON -DLWS_MBEDTLS_INCLUDE_DIRS="$mbed/include" \
    -DLWS_MBEDTLS_LIBRARIES="$mbed/lib/libmbedtls.a;$mbed/lib/libmbedx509.a;$mbed/lib/libmbedcrypto.a" \
    -DMBEDTLS_LIBRARY="$mbed/lib/libmbedtls.a" -DMBEDX509_LIBRARY="$mbed/lib/libmbedx509.a" \
    -DMBEDCRYPTO_LIBRARY="$mbed/lib/libmbedcrypto.a" \
    -DLWS_WITH_TLS_SESSIONS=ON -DLWS_SSL_CLIENT_USE_OS_CA_CERTS=OFF \
    -DLWS_ROLE_H1=ON -DLWS_ROLE_WS=ON -DLWS_WITH_HTTP2=OFF -DLWS_ROLE_MQTT=OFF \
    -DLWS_ROLE_RAW_FILE=OFF -DLWS_IPV6=ON -DLWS_UNIX_SOCK=OFF -DLWS_WITH_UDP=OFF \
    -DLWS_WITHOUT_EXTENSIONS=ON -DLWS_WITH_CUSTOM_HEADERS=ON -DLWS_WITH_HTTP_UNCOMMON_HEADERS=ON \
    -DLWS_WITH_HTTP_BASIC_AUTH=OFF -DLWS_WITH_RANGES=OFF -DLWS_WITH_FILE_OPS=ON \
    -DLWS_WITH_ZIP_FOPS=OFF -DLWS_WITH_SYS_ASYNC_DNS=OFF -DLWS_WITH_SYS_SMD=OFF \
    -DLWS_WITH_SYS_STATE=OFF -DLWS_WITH_SYS_METRICS=OFF -DLWS_WITH_SECURE_STREAMS=OFF \
    -DLWS_WITH_LEJP=OFF -DLWS_WITH_LEJP_CONF=OFF -DLWS_WITH_CONMON=OFF -DLWS_WITH_PEER_LIMITS=OFF \
    -DLWS_WITH_NETLINK=OFF -DLWS_WITH_CACHE_NSCOOKIEJAR=OFF -DLWS_WITH_EVLIB_PLUGINS=OFF -DLWS_WITH_EXTERNAL_POLL=OFF \
    -DLWS_CLIENT_HTTP_PROXYING=OFF -DLWS_LOG_TAG_LIFECYCLE=OFF -DLWS_LOGS_TIMESTAMP=OFF \
    -DLWS_WITHOUT_TESTAPPS=ON -DLWS_CTEST_INTERNET_AVAILABLE=OFF -DDISABLE_WERROR=ON \
    -DLWS_WITH_EXPORT_LWSTARGETS=OFF
  ninja -C "$2" install
  rm -rf "$3/lib/pkgconfig" "$3/lib/cmake" "$3/share" "$3/bin"
}
