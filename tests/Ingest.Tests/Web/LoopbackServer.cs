using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Jmlr.Ingest.Tests.Web;

/// <summary>A request as the server saw it.</summary>
sealed record Seen(string Path, IReadOnlyDictionary<string, string> Headers);

/// <summary>An answer: what is written for it, byte by byte as a test wants it.</summary>
sealed record Answer(string Status, string Body = "", string Headers = "", long? Length = null, int Repeat = 1, TimeSpan Pause = default, bool Chunked = false, int CodePage = 65001);

/// <summary>A web server of a few lines on 127.0.0.1, one request a connection, so that a test can answer as no proper server would.</summary>
sealed class LoopbackServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Func<Seen, Answer> _answer;
    private readonly Task _loop;

    public LoopbackServer(Func<Seen, Answer> answer)
    {
        _answer = answer;
        _listener.Start();
        _loop = Task.Run(Accept);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Url => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}/");

    /// <summary>Requests so far, those for robots.txt left out.</summary>
    public List<Seen> Requests { get; } = [];

    public void Dispose()
    {
        _end.Cancel();
        _listener.Stop();
        _loop.Wait();
        _end.Dispose();
    }

    private async Task Accept()
    {
        List<Task> open = [];
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_end.Token);
                open.Add(Serve(client));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or InvalidOperationException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task Serve(TcpClient client)
    {
        using (client)
        {
            try
            {
                NetworkStream stream = client.GetStream();
                using StreamReader reader = new(stream, Encoding.ASCII, false, 1024, leaveOpen: true);
                string path = (await reader.ReadLineAsync(_end.Token))?.Split(' ')[1] ?? "";
                Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase);
                while (await reader.ReadLineAsync(_end.Token) is { Length: > 0 } line)
                {
                    headers[line[..line.IndexOf(':', StringComparison.Ordinal)]] = line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
                }

                Seen seen = new(path, headers);
                lock (Requests)
                {
                    if (path != "/robots.txt")
                    {
                        Requests.Add(seen);
                    }
                }

                await Write(stream, _answer(seen));
            }
            catch (Exception error) when (error is IOException or OperationCanceledException or SocketException)
            {
                // The client had enough.
            }
        }
    }

    private async Task Write(NetworkStream stream, Answer answer)
    {
        byte[] body = Encoding.GetEncoding(answer.CodePage).GetBytes(answer.Body);
        string length = answer.Chunked ? "Transfer-Encoding: chunked\r\n" : string.Create(CultureInfo.InvariantCulture, $"Content-Length: {answer.Length ?? ((long)body.Length * answer.Repeat)}\r\n");
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {answer.Status}\r\nConnection: close\r\n{length}{answer.Headers}\r\n"), _end.Token);
        for (int i = 0; i < answer.Repeat; i++)
        {
            await Task.Delay(answer.Pause, _end.Token);
            if (answer.Chunked)
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"{body.Length:x}\r\n"), _end.Token);
            }

            await stream.WriteAsync(body, _end.Token);
            if (answer.Chunked)
            {
                await stream.WriteAsync("\r\n"u8.ToArray(), _end.Token);
            }
        }

        if (answer.Chunked)
        {
            await stream.WriteAsync("0\r\n\r\n"u8.ToArray(), _end.Token);
        }
    }
}
