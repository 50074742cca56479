def test_the_page_says_hello(client):
    response = client.get("/hello/")
    assert response.status_code == 200
    assert response.text == "Hello from Django"
