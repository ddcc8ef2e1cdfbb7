#pragma once

#include <cstddef>

#include "base/time.h"
#include "hal/outbox.h"
#include "limits.h"

// Bounds that only this platform has, computed from those of the program.
namespace hookflash::linux_limits {

// --- Sockets and descriptors
// ----------------------------------------------------------------------

inline constexpr size_t kDialledMax = limits::kAppLegsMax;
inline constexpr size_t kRestConnectionsMax = limits::kLinesMax * limits::kRestConnectionsPerLine;
// Carried out or waiting; the core keeps the waiting ones below limits::kRestWaitingMax a line.
inline constexpr size_t kRestExchangesMax =
    limits::kLinesMax * (limits::kRestConnectionsPerLine + limits::kRestWaitingMax);
inline constexpr size_t kStreamsMax = limits::kAcceptedMax + kDialledMax + kRestConnectionsMax;
inline constexpr size_t kLookupsMax = 64;     // Names asked for at a time.
inline constexpr size_t kAddressesMax = 8;    // Kept of one answer.
inline constexpr size_t kLookupSockets = 32;  // UDP and TCP sockets to name servers.
// Standard streams, epoll, timer, signals, wake-ups, listeners, files, and what we were started
// with.
inline constexpr size_t kOtherDescriptors = 128;
// The process asks the kernel for exactly this many, so a descriptor is also an index.
inline constexpr size_t kDescriptorsMax = kStreamsMax + kLookupSockets + kOtherDescriptors;

// --- Bytes on their way out
// -----------------------------------------------------------------------

inline constexpr size_t kBlockBytes = 2048;  // Fits a REST request, or five media frames.
// What one lws_write() is given of a long answer. libwebsockets keeps what the kernel does not
// take, so this bounds its share; it is also the longest TLS record we send.
inline constexpr size_t kPieceBytes = 4096;
inline constexpr size_t kWebSocketMessageBytesMax = limits::kAppMessageBytesMax;
// Blocks for everything that waits: one answer of the largest turn, a request per exchange, and 16
// KiB for each call's two sockets. When they run out, the connection that needed one is closed.
inline constexpr size_t kBlocksMax =
    Outbox::kBytes / kBlockBytes + kRestExchangesMax + limits::kCallSlots * 2 * 8;

// --- What is received
// -----------------------------------------------------------------------------

inline constexpr size_t kReadBytes =
    2048;  // One recv(); a piece of a WebSocket message is no longer.
inline constexpr size_t kAnswerHeadBytesMax = 8 * 1024;  // REST and WebSocket handshakes.
inline constexpr size_t kDialHeadersBytesMax = 2 * 1024;
inline constexpr size_t kDialTargetBytesMax = 2 * 1024;

// The largest file read whole: a bundle of certificates, or the configuration.
inline constexpr size_t kFileBytesMax = 512 * 1024;

// --- Time
// -----------------------------------------------------------------------------------------

// A wake-up for the core may be this late and never early: frames that are due close to each other
// are served by one wake-up (an exact one for each of 200 streams costs as much as all else
// together).
inline constexpr Duration kWakeGrid = Duration::us(500);
// The core's due work is served again after so many events at the latest.
inline constexpr size_t kEventsPerTurn = 16;
// A peer that does not read what stands before its close gets this long.
inline constexpr Duration kCloseFlushTimeout = Duration::seconds(5);
// One address of several gets this long to take a connection.
inline constexpr Duration kAttemptTimeout = Duration::seconds(2);
inline constexpr Duration kRestIdle =
    Duration::seconds(30);  // Common servers close after 60 s or more.
inline constexpr Duration kStoreOpening = Duration::seconds(10);  // B-JRN-9.
inline constexpr Duration kAcceptPause =
    Duration::ms(100);  // When the kernel has no descriptor left.

// --- Arenas of the libraries
// ----------------------------------------------------------------------

// Every call's carrier stream and app leg over TLS, every HTTP and every REST connection.
inline constexpr size_t kTlsConnectionsMax =
    limits::kCallSlots + kDialledMax + limits::kHttpConnectionsMax + kRestConnectionsMax;
// Measured on x86_64 with input records of 16 KiB and output records of 4 KiB: see the README.
inline constexpr size_t kTlsBytes = 27 * 1024;
inline constexpr size_t kTlsWrapperBytes = 4 * 1024;
inline constexpr size_t kSocketBytes =
    5 * 1024;  // Connection object, WebSocket object, read buffer.
inline constexpr size_t kLwsBaseBytes =
    192 * 1024 + kDescriptorsMax * 32;  // Context, hosts, one page.
inline constexpr size_t kCaStoreBytes =
    2 * 1024 * 1024;  // 150 certificates, while they are read in.
inline constexpr size_t kHandshakeBytes =
    256 * 1024;  // Big numbers and chains of a few handshakes.

inline constexpr size_t kLwsArenaBytes = kLwsBaseBytes + kStreamsMax * kSocketBytes +
                                         kTlsConnectionsMax * kTlsWrapperBytes +
                                         limits::kCallSlots * 2 * kPieceBytes / 4;
inline constexpr size_t kTlsArenaBytes =
    kCaStoreBytes + kHandshakeBytes + kTlsConnectionsMax * kTlsBytes;
inline constexpr size_t kDnsArenaBytes = 256 * 1024 + kLookupsMax * 4 * 1024;

static_assert(kBlocksMax < 65535, "blocks are named by 16 bits");
static_assert(kReadBytes <= kPieceBytes);
static_assert(limits::kConfigBytesMax <= kFileBytesMax);

}  // namespace hookflash::linux_limits
