#pragma once
// The worker's messages to Node wait up to 40 ms for each other and go in one write. mediasoup writes each by itself, which for a
// DirectTransport means a write, a wake-up of Node and a 64 kB read buffer for every RTP packet: more than half of what recording costs.
// One channel a process, used by its one thread.
#include "DepLibUV.hpp"
#include "handles/UnixStreamSocketHandle.hpp"
#include <cstdint>
#include <uv.h>
#include <vector>

namespace vigil
{
	class ChannelBatch
	{
	public:
		void Write(UnixStreamSocketHandle* to, const uint8_t* data, size_t len)
		{
			if (!this->timer)
			{
				this->timer       = new uv_timer_t;
				this->timer->data = this;
				uv_timer_init(DepLibUV::GetLoop(), this->timer);
				// What waits is written by Close() when the loop ends.
				uv_unref(reinterpret_cast<uv_handle_t*>(this->timer));
			}

			this->socket = to;
			this->waiting.insert(this->waiting.end(), data, data + len);

			if (this->waiting.size() >= MostWaiting)
			{
				Flush();
			}
			else if (!uv_is_active(reinterpret_cast<uv_handle_t*>(this->timer)))
			{
				uv_timer_start(
				  this->timer, [](uv_timer_t* timer) { static_cast<ChannelBatch*>(timer->data)->Flush(); }, DelayMs, 0);
			}
		}

		void Close()
		{
			if (!this->timer)
			{
				return;
			}

			Flush();
			uv_close(
			  reinterpret_cast<uv_handle_t*>(this->timer),
			  [](uv_handle_t* handle) { delete reinterpret_cast<uv_timer_t*>(handle); });
			this->timer = nullptr;
		}

	private:
		void Flush()
		{
			uv_timer_stop(this->timer);

			if (!this->waiting.empty())
			{
				this->socket->Write(this->waiting.data(), this->waiting.size());
				this->waiting.clear();
			}
		}

		static constexpr uint64_t DelayMs{ 40 };
		// Below what a pipe takes at once.
		static constexpr size_t MostWaiting{ 48 * 1024 };
		uv_timer_t* timer{ nullptr };
		UnixStreamSocketHandle* socket{ nullptr };
		std::vector<uint8_t> waiting;
	};

	inline ChannelBatch channelBatch;
} // namespace vigil
