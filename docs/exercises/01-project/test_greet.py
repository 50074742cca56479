def test_the_page_greets_whoever_the_url_names(client):
    response = client.get("/hello/Ann/")
    assert response.status_code == 200
    assert response.text == "Hello Ann"


def test_a_name_is_shown_as_text_and_not_as_html(client):
    assert client.get("/hello/<b>Ann<b>/").text == "Hello &lt;b&gt;Ann&lt;b&gt;"
