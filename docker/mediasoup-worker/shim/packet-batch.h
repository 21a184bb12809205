#pragma once
// A consumer's packets on their way to Node wait up to 100 ms for each other and go as one notification, framed as on TCP
// (RFC 4571: a 16-bit length before each packet), and those of all consumers in one write. mediasoup makes a message, a write and a
// wake-up of Node for every packet: more than half of what recording costs. A single packet begins with RTP's version, 2; no
// frame does, as no packet is that long: whoever reads can tell them apart, and takes those of mediasoup's own worker too.
// Other messages do not wait. Notifications overtake packets; before an answer to a request all packets go: whoever pauses a consumer
// has had its last packet when that is answered. One channel a process, used by its one thread.
#include "Channel/ChannelNotifier.hpp"
#include "DepLibUV.hpp"
#include "handles/UnixStreamSocketHandle.hpp"
#include <cstdint>
#include <string>
#include <unordered_map>
#include <uv.h>
#include <vector>

namespace vigil
{
	class PacketBatch
	{
	public:
		void Add(Channel::ChannelNotifier* notifier, const std::string& consumerId, const uint8_t* packet, size_t len)
		{
			if (!this->timer)
			{
				this->timer       = new uv_timer_t;
				this->timer->data = this;
				uv_timer_init(DepLibUV::GetLoop(), this->timer);
				// It keeps no loop running.
				uv_unref(reinterpret_cast<uv_handle_t*>(this->timer));
			}

			// Else it could be taken for a packet, and none is.
			if (len > INT16_MAX)
			{
				return;
			}

			this->notifier = notifier;
			auto& frames   = this->consumers[consumerId];
			frames.push_back(static_cast<uint8_t>(len >> 8));
			frames.push_back(static_cast<uint8_t>(len));
			frames.insert(frames.end(), packet, packet + len);
			this->waiting += len;

			if (this->waiting >= MostWaiting)
			{
				Flush();
			}
			else if (!uv_is_active(reinterpret_cast<uv_handle_t*>(this->timer)))
			{
				uv_timer_start(
				  this->timer, [](uv_timer_t* timer) { static_cast<PacketBatch*>(timer->data)->Flush(); }, DelayMs, 0);
			}
		}

		void Write(UnixStreamSocketHandle* to, const uint8_t* message, size_t len)
		{
			this->socket = to;

			if (this->flushing)
			{
				this->messages.insert(this->messages.end(), message, message + len);
				return;
			}

			if (
			  this->waiting > 0 &&
			  flatbuffers::GetSizePrefixedRoot<FBS::Message::Message>(message)->data_type() == FBS::Message::Body::Response)
			{
				Flush();
			}

			to->Write(message, len);
		}

		void Close()
		{
			if (!this->timer)
			{
				return;
			}

			uv_close(
			  reinterpret_cast<uv_handle_t*>(this->timer),
			  [](uv_handle_t* handle) { delete reinterpret_cast<uv_timer_t*>(handle); });
			this->timer = nullptr;
		}

	private:
		void Flush()
		{
			uv_timer_stop(this->timer);
			this->waiting  = 0;
			this->flushing = true;

			for (auto it = this->consumers.begin(); it != this->consumers.end();)
			{
				auto& [consumerId, frames] = *it;

				// Still, or gone.
				if (frames.empty())
				{
					it = this->consumers.erase(it);
					continue;
				}

				auto& builder = this->notifier->GetBufferBuilder();
				auto rtp      = FBS::Consumer::CreateRtpNotification(builder, builder.CreateVector(frames));
				this->notifier->Emit(
				  consumerId, FBS::Notification::Event::CONSUMER_RTP, FBS::Notification::Body::Consumer_RtpNotification, rtp);
				frames.clear();
				++it;
			}

			this->flushing = false;

			if (!this->messages.empty())
			{
				this->socket->Write(this->messages.data(), this->messages.size());
				this->messages.clear();
			}
		}

		static constexpr uint64_t DelayMs{ 100 };
		static constexpr size_t MostWaiting{ 1024 * 1024 };
		uv_timer_t* timer{ nullptr };
		Channel::ChannelNotifier* notifier{ nullptr };
		UnixStreamSocketHandle* socket{ nullptr };
		std::unordered_map<std::string, std::vector<uint8_t>> consumers;
		size_t waiting{ 0 };
		std::vector<uint8_t> messages;
		bool flushing{ false };
	};

	inline PacketBatch packetBatch;
} // namespace vigil
